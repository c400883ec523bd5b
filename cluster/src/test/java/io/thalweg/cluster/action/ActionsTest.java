package io.thalweg.cluster.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActionsTest {
    private static final String LOOP = "agent.replicante.io/test.loop";
    private static final String FAIL = "agent.replicante.io/test.fail";

    @TempDir
    private Path directory = Path.of("");

    private Path file = Path.of("");
    private final List<String> done = new ArrayList<>();
    private long nowNs = 1_000;

    private final Clock clock = new Clock() {
        @Override
        public long wallNs() {
            return nowNs;
        }

        @Override
        public long monotonicNs() {
            return nowNs;
        }
    };

    @BeforeEach
    void place() {
        file = directory.resolve("agent/actions");
    }

    /** Counts to the number in its argument {@code steps}, and notes each step. */
    private final class Counting implements Handler {
        @Override
        public void check(Arguments args) {
            args.requireOnly("steps", "name");
        }

        @Override
        public Outcome step(Arguments args, String payload) {
            int count = payload.isEmpty() ? 1 : Integer.parseInt(payload) + 1;
            done.add(args.required("name") + count);
            return count == args.number("steps", 1, 1, 9)
                    ? new Outcome.Done(Integer.toString(count))
                    : new Outcome.Again(Integer.toString(count));
        }
    }

    /** Waits for what never comes. */
    private static final class Waiting implements Handler {
        @Override
        public void check(Arguments args) {}

        @Override
        public Outcome step(Arguments args, String payload) {
            return new Outcome.Again("");
        }
    }

    private Actions open() throws IOException {
        Map<String, Handler> handlers = new HashMap<>(TestActions.all());
        handlers.put("count", new Counting());
        handlers.put("wait", new Waiting());
        return Actions.open(new FileDisk(), file, clock, handlers, ActionsTest::arguments);
    }

    /** {@code name=value} with commas; a value of digits is a number. */
    private static Arguments arguments(String text) {
        Map<String, Object> values = new HashMap<>();
        for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            String[] parts = pair.split("=", -1);
            values.put(parts[0], parts[1].matches("[0-9]+") ? (Object) Long.valueOf(parts[1]) : parts[1]);
        }
        return new Arguments(values);
    }

    private UUID schedule(Actions actions, String kind, String args) {
        UUID id = UUID.randomUUID();
        actions.schedule(new Actions.Invocation(id, kind, args, Map.of("who", "me"), Map.of(), "AGENT_API", 5));
        return id;
    }

    @Test
    void actionsAreDoneOneAtATimeInTheOrderInWhichTheyCameOverRestartsAtAnyPoint() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        Actions actions = open();
        List<String> expected = new ArrayList<>();
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int steps = random.nextInt(1, 5);
            String name = "a" + i + ".";
            ids.add(schedule(actions, "count", "steps=" + steps + ",name=" + name));
            for (int step = 1; step <= steps; step++) {
                expected.add(name + step);
            }
            nowNs += random.nextInt(0, 3);
            if (random.nextInt(3) == 0) {
                actions = open();
            }
            if (random.nextBoolean()) {
                actions.step();
            }
        }
        while (actions.step()) {
            if (random.nextInt(3) == 0) {
                actions = open();
            }
        }
        assertThat(done).as("seed %d", seed).isEqualTo(expected);
        assertThat(actions.queue()).isEmpty();
        assertThat(open().finished().reversed().stream().map(Action::id).toList())
                .as("seed %d", seed)
                .isEqualTo(ids);
    }

    @Test
    void whatRunsIsFirstInTheQueueAndShowsHowFarItIs() throws Exception {
        Actions actions = open();
        UUID first = schedule(actions, LOOP, "target=3");
        UUID second = schedule(actions, FAIL, "");
        actions.step();
        assertThat(actions.queue().stream().map(Action::id)).containsExactly(first, second);
        assertThat(actions.find(first).orElseThrow().state().payload()).isEqualTo("1");
        assertThat(actions.find(first).orElseThrow().phase()).isEqualTo(Action.Phase.RUNNING);
        assertThat(actions.find(second).orElseThrow().phase()).isEqualTo(Action.Phase.NEW);
        while (actions.step()) {}
        Action failed = actions.find(second).orElseThrow();
        assertThat(failed.phase()).isEqualTo(Action.Phase.FAILED);
        assertThat(failed.state().error()).isNotEmpty();
        assertThat(failed.metadata()).containsEntry("who", "me");
        assertThat(failed.history().stream().map(Action.Change::phase))
                .containsExactly(Action.Phase.NEW, Action.Phase.RUNNING, Action.Phase.FAILED);
    }

    @Test
    void whatComesNoFurtherFailsSoThatThoseBehindItHaveTheirTurn() throws Exception {
        Actions actions = open();
        UUID first = schedule(actions, "wait", "");
        UUID second = schedule(actions, LOOP, "target=1");
        actions.step();
        nowNs += Duration.ofHours(1).toNanos();
        actions.step();
        assertThat(actions.find(first).orElseThrow().phase()).isEqualTo(Action.Phase.RUNNING);
        nowNs += 2;
        actions.step();
        Action failed = actions.find(first).orElseThrow();
        assertThat(failed.phase()).isEqualTo(Action.Phase.FAILED);
        assertThat(failed.state().error()).contains("no further for 60 minutes");
        while (actions.step()) {}
        assertThat(actions.find(second).orElseThrow().phase()).isEqualTo(Action.Phase.DONE);
    }

    @Test
    void whatGoesOnMayTakeAsLongAsItLikes() throws Exception {
        Actions actions = open();
        UUID id = schedule(actions, LOOP, "target=50");
        while (actions.step()) {
            nowNs += Duration.ofMinutes(50).toNanos();
        }
        assertThat(actions.find(id).orElseThrow().phase()).isEqualTo(Action.Phase.DONE);
    }

    @Test
    void anUnknownKindArgumentsWithoutSenseAndAKnownIdAreRefusedAndLeaveNothing() throws Exception {
        Actions actions = open();
        assertCode(ErrorCode.INVALID_REQUEST, () -> schedule(actions, "no.such/kind", ""));
        assertCode(ErrorCode.INVALID_REQUEST, () -> schedule(actions, LOOP, "target=0"));
        assertCode(ErrorCode.INVALID_REQUEST, () -> schedule(actions, LOOP, "taget=3"));
        assertThat(actions.queue()).isEmpty();
        UUID id = schedule(actions, LOOP, "target=1");
        while (actions.step()) {}
        Actions again = open();
        assertCode(
                ErrorCode.ALREADY_EXISTS,
                () -> again.schedule(new Actions.Invocation(id, LOOP, "target=9", Map.of(), Map.of(), "AGENT_API", 5)));
    }

    private static void assertCode(ErrorCode code, Runnable what) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void theQueueHasAnEndAndFinishedActionsAreForgottenInTime() throws Exception {
        Actions actions = open();
        for (int i = 0; i < Actions.QUEUE_MAX; i++) {
            schedule(actions, LOOP, "target=1");
        }
        assertCode(ErrorCode.OVERLOADED, () -> schedule(actions, LOOP, "target=1"));
        while (actions.step()) {}
        assertThat(actions.finished()).hasSize(Actions.QUEUE_MAX);
        nowNs += Actions.REMEMBERED.toNanos() + 1_000_000;
        schedule(actions, LOOP, "target=1");
        assertThat(actions.finished()).isEmpty();
    }

    @Test
    void whatAnActionCarriesIsBoundedSoThatAStartReadsWhatWasWritten() throws Exception {
        Actions actions = open();
        Map<String, String> large = Map.of("x-large", "é".repeat(Actions.CARRIED_BYTES_MAX / 2));
        assertCode(ErrorCode.TOO_LARGE, () -> carry(actions, large, Map.of()));
        assertCode(ErrorCode.TOO_LARGE, () -> carry(actions, Map.of(), large));
        assertCode(ErrorCode.TOO_LARGE, () -> schedule(actions, LOOP, "target=" + "1".repeat(1 << 20)));
        assertThat(actions.queue()).isEmpty();
        Map<String, String> most = Map.of("x-large", "é".repeat(Actions.CARRIED_BYTES_MAX / 2 - 50));
        for (int i = 0; i < 20; i++) {
            carry(actions, most, Map.of());
            while (actions.step()) {}
        }
        long each = Files.size(file) / 20;
        assertThat(each * (Actions.QUEUE_MAX + Actions.FINISHED_MAX)).isLessThan(ActionFile.BYTES_MAX / 2);
        assertThat(open().finished()).hasSize(20);
    }

    private static void carry(Actions actions, Map<String, String> metadata, Map<String, String> headers) {
        actions.schedule(
                new Actions.Invocation(UUID.randomUUID(), LOOP, "target=100", metadata, headers, "AGENT_API", 5));
    }

    @Test
    void aFileWithAnyWrongByteIsRefusedByName() throws Exception {
        Actions actions = open();
        schedule(actions, LOOP, "target=7");
        byte[] whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            Files.write(file, damaged);
            assertThatThrownBy(this::open)
                    .as("byte %d", at)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file.toString());
        }
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(this::open).as("length %d", length).hasMessageContaining(file.toString());
        }
        Files.write(file, whole);
        assertThat(open().queue()).hasSize(1);
    }
}
