package io.thalweg.view.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.view.PoisonPolicy;
import io.thalweg.view.QueryOutcome;
import io.thalweg.view.SnapshotPolicy;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.ViewSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators, clients and events come in any order. */
class AdministrationTest {
    private static final int VIEWS = 4;
    private static final Set<ErrorCode> EXPECTED = EnumSet.of(
            ErrorCode.NOT_FOUND,
            ErrorCode.VIEW_FAILED,
            ErrorCode.VIEW_PAUSED,
            ErrorCode.UNAVAILABLE,
            ErrorCode.INVALID_REQUEST,
            ErrorCode.DEADLINE_EXCEEDED);

    @TempDir
    private Path root;

    private static ViewId view(int number) {
        return new ViewId(new UUID(5, number));
    }

    private static VersionSpec version(int number, boolean usesIndex, boolean paused) {
        SnapshotPolicy often = new SnapshotPolicy(50, Duration.ofDays(1), 1 << 20);
        VersionSpec spec = HostRig.version(number, new ScriptedProgram(usesIndex));
        return HostRig.with(HostRig.with(spec, often, PoisonPolicy.DEAD_LETTER), paused, number == 2, Set.of());
    }

    private static ViewSpec spec(int view, int active, VersionSpec... versions) {
        return new ViewSpec(HostRig.TENANT, view(view), HostRig.STREAM, active, List.of(versions));
    }

    @Test
    void whateverOperatorsAndClientsDoAllViewsEndEqualToARecount() throws Exception {
        for (long seed = 1; seed <= 4; seed++) {
            System.out.println("seed " + seed);
            Random random = new Random(seed);
            try (HostRig rig = new HostRig(root.resolve("seed-" + seed))) {
                AtomicBoolean over = new AtomicBoolean();
                Queue<Throwable> surprises = new ConcurrentLinkedQueue<>();
                List<Thread> clients = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    Random own = new Random(seed * 10 + i);
                    clients.add(Thread.ofVirtual().start(() -> ask(rig, own, over, surprises)));
                }
                for (int step = 0; step < 150; step++) {
                    operate(rig, random);
                }
                List<ViewSpec> all = new ArrayList<>();
                for (int v = 0; v < VIEWS; v++) {
                    all.add(spec(v, 2, version(1, v % 2 == 0, false), version(2, v % 2 == 0, false)));
                }
                rig.host.reconcile(all);
                List<String> events = rig.events.all();
                for (int v = 0; v < VIEWS; v++) {
                    for (int number = 1; number <= 2; number++) {
                        QueryOutcome outcome = rig.host.query(
                                view(v), number, HostRig.query("state"), HostRig.at(events.size()), HostRig.PATIENCE);
                        assertThat(HostRig.answer(outcome)).isEqualTo(ScriptedProgram.model(events, Set.of()));
                    }
                }
                over.set(true);
                for (Thread client : clients) {
                    client.join();
                }
                assertThat(surprises).isEmpty();
            }
        }
    }

    private static void operate(HostRig rig, Random random) {
        int v = random.nextInt(VIEWS);
        boolean usesIndex = v % 2 == 0;
        try {
            switch (random.nextInt(8)) {
                case 0 -> rig.host.apply(spec(v, 1, version(1, usesIndex, random.nextBoolean())));
                case 1 ->
                    rig.host.apply(spec(
                            v,
                            1 + random.nextInt(2),
                            version(1, usesIndex, random.nextBoolean()),
                            version(2, usesIndex, false)));
                case 2 -> rig.host.apply(spec(v, 2, version(2, usesIndex, random.nextBoolean())));
                case 3 -> {
                    var _ = rig.host.remove(view(v));
                }
                case 4 -> {
                    var _ = rig.host.snapshot(view(v), 1 + random.nextInt(2));
                }
                case 5 -> rig.host.retry(view(v), 1);
                default -> {
                    for (int i = random.nextInt(40); i >= 0; i--) {
                        rig.events.append((random.nextInt(30) == 0 ? "refuse " : "inc ") + random.nextInt(10));
                    }
                }
            }
            assertThat(rig.host.status(view(v))).allMatch(s -> s.head().covers(s.position()));
        } catch (ThalwegException e) {
            assertThat(e.code()).isIn(EXPECTED);
        }
    }

    private static void ask(HostRig rig, Random random, AtomicBoolean over, Queue<Throwable> surprises) {
        while (!over.get()) {
            long after = random.nextBoolean() ? 0 : rig.events.head(HostRig.STREAM);
            String text = random.nextInt(50) == 0 ? "trap" : "state";
            try {
                QueryOutcome outcome = rig.host.query(
                        view(random.nextInt(VIEWS)), HostRig.query(text), HostRig.at(after), Duration.ofMillis(20));
                if (outcome instanceof QueryOutcome.Answered && HostRig.sequence(outcome.position()) < after) {
                    surprises.add(new AssertionError("asked for " + after + ", got " + outcome));
                }
            } catch (ThalwegException e) {
                if (!EXPECTED.contains(e.code())) {
                    surprises.add(e);
                }
            } catch (InterruptedException | RuntimeException | Error e) {
                surprises.add(e);
            }
        }
    }
}
