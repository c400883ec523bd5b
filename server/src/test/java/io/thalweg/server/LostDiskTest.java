package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Shard;
import io.thalweg.shard.stream.StreamCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose disk was replaced has nothing under its old name, and is no new one. */
@Timeout(300)
final class LostDiskTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final StreamId STREAM = new StreamId(new LogId(new UUID(2, 2)), 0);

    @TempDir
    private Path directory = Path.of("");

    private static void awaitDone(ThreeNodes nodes, int node, Request request) {
        await().atMost(ThreeNodes.PATIENCE).until(() -> {
            Optional<Shard> shard = nodes.shard(node, 1);
            try {
                return shard.isPresent() && shard.get().submit(request).get(20, TimeUnit.SECONDS) instanceof Reply.Done;
            } catch (ExecutionException | TimeoutException e) {
                return false; // Its repeat will tell: it has the same number in its session.
            }
        });
    }

    private static Request append(long number) {
        Request request = AppendBody.builder(STREAM, 128)
                .add(Long.toString(number).getBytes(StandardCharsets.UTF_8))
                .request(TENANT);
        return new Request(TENANT, new UUID(3, 3), number, request.operation(), request.body(), request.room());
    }

    private static boolean isAskingForItsWayBack(Thread starting) {
        return Arrays.stream(starting.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(WayBack.class.getName()));
    }

    /** It is ended while it waits, as by an operator. */
    private static void startsInVain(FutureTask<Node> start) throws InterruptedException {
        Thread starting = Thread.ofPlatform().daemon().start(start);
        await().atMost(ThreeNodes.PATIENCE).until(() -> isAskingForItsWayBack(starting));
        starting.interrupt();
        starting.join(ThreeNodes.PATIENCE);
        assertThat(start.state()).isEqualTo(Future.State.FAILED);
    }

    private void awaitWhole(ThreeNodes nodes) {
        for (int number = 0; number <= 1; number++) {
            nodes.awaitWell(number);
            Path mark = directory.resolve("n2/shards/" + number + "/raft/probation");
            await().atMost(ThreeNodes.PATIENCE).until(() -> !Files.exists(mark));
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    /** Two whose configurations have each other alone lose their disks at once. The third, which came later, leads nobody without them, and knows them. */
    private void foundersBeginNothingBesideThoseWhoCame(ThreeNodes nodes) throws Exception {
        List<FutureTask<Node>> founders = new ArrayList<>();
        List<Thread> starting = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            nodes.node(i).close();
            nodes.loseDisk(i);
            founders.add(nodes.startKnowing(2, i, 1));
        }
        founders.forEach(start -> starting.add(Thread.ofPlatform().daemon().start(start)));
        for (String founder : List.of("n1", "n2")) {
            Path note = directory.resolve(founder).resolve("begun/replaced");
            await().atMost(ThreeNodes.PATIENCE).until(() -> Files.exists(note));
        }
        for (Thread each : starting) {
            each.interrupt();
            each.join(ThreeNodes.PATIENCE);
        }
        assertThat(founders).allMatch(start -> start.state() == Future.State.FAILED);
    }

    /** What the first two acknowledged is on the first alone once the second has another disk: with the third, that lags, it must not elect anybody. */
    @Test
    void itWaitsForThoseWhoKnowWhatItHadAndVotesOnceItIsWhole() throws Exception {
        try (ThreeNodes nodes = ThreeNodes.start(directory, 1)) {
            awaitDone(nodes, 0, new StreamCommand.Create(STREAM).toRequest(TENANT));
            nodes.node(2).close();
            awaitDone(nodes, 0, append(1));
            nodes.node(1).close();
            nodes.node(0).close();

            nodes.startAgain(2, 1);
            nodes.loseDisk(1);
            startsInVain(nodes.start(1, 1));
            assertThat(directory.resolve("n2/begun/replaced"))
                    .as("whenever it starts again: what was here does not begin")
                    .exists();
            assertThat(directory.resolve("n2/shards/0")).doesNotExist();
            FutureTask<Node> second = nodes.start(1, 1);
            Thread starting = Thread.ofPlatform().daemon().start(second);
            await().atMost(ThreeNodes.PATIENCE).until(() -> isAskingForItsWayBack(starting));
            assertThat(nodes.node(2).notReady().orElse("")).contains("no leader");

            nodes.startAgain(0, 1);
            var _ = second.get(ThreeNodes.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            awaitWhole(nodes);
            await().atMost(ThreeNodes.PATIENCE).until(() -> !Files.exists(directory.resolve("n2/begun/replaced")));

            // As it is when it ends behind the directory, and before its other shard is back.
            nodes.node(1).close();
            nodes.node(0).close();
            Files.writeString(directory.resolve("n2/begun/replaced"), "");
            Files.delete(directory.resolve("n2/begun/1"));
            delete(directory.resolve("n2/shards/1"));
            nodes.startAgain(1, 1);
            assertThat(directory.resolve("n2/shards/1"))
                    .as("of the two others one is off: it neither begins nor comes back")
                    .doesNotExist();
            nodes.startAgain(0, 1);
            awaitWhole(nodes);

            nodes.node(0).close();
            awaitDone(nodes, 1, append(2));
            for (int i = 1; i <= 2; i++) {
                Shard shard = nodes.shard(i, 1).orElseThrow();
                await().atMost(ThreeNodes.PATIENCE)
                        .untilAsserted(
                                () -> assertThat(shard.events().head(STREAM)).isEqualTo(2));
            }

            // Those whom it asks have only begun to start.
            nodes.closeAll();
            nodes.loseDisk(1);
            List<FutureTask<Node>> all =
                    Stream.of(1, 2, 0).map(i -> nodes.start(i, 1)).toList();
            all.forEach(start -> Thread.ofPlatform().daemon().start(start));
            for (FutureTask<Node> start : all) {
                var _ = start.get(ThreeNodes.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            awaitWhole(nodes);
            assertThat(nodes.shard(1, 1).orElseThrow().events().head(STREAM)).isEqualTo(2);

            foundersBeginNothingBesideThoseWhoCame(nodes);
        }
    }
}
