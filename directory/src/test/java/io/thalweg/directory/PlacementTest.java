package io.thalweg.directory;

import static io.thalweg.directory.DirectoryFixture.ledgerId;
import static io.thalweg.directory.DirectoryFixture.logId;
import static io.thalweg.directory.DirectoryFixture.tenantId;
import static io.thalweg.directory.DirectoryFixture.viewId;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.model.request.Reply;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The directory decides, shards confirm: in a {@link PlacementWorld} in which each message may be lost, doubled or late, leaders go and
 * come, and machines start again from their snapshots, the shards end up with exactly what the directory says.
 */
final class PlacementTest {
    private static final int SEEDS = 400;
    private static final TenantId TENANT = tenantId(1);
    private static final ViewId VIEW = viewId(1);
    private static final LogId STEPS = logId(5);

    @Test
    void aCrashAfterAnyMessageIsFinishedByWhoeverLeadsNext() {
        for (DirectoryCommand last : List.of(
                new DirectoryCommand.CreateLog(logId(2), "new", 5, Bounds.ANY_SHARD, Retention.FOREVER),
                new DirectoryCommand.CreateLedger(ledgerId(2), "new", Bounds.ANY_SHARD),
                new DirectoryCommand.SplitLog(
                        logId(1), 1, DirectoryCommand.SplitLog.HALF, DirectoryCommand.SplitLog.HALF),
                new DirectoryCommand.DeleteLog(logId(1)),
                new DirectoryCommand.DeployJavaView(viewId(2), logId(2), "next", 2, Bounds.ANY_SHARD, code(2)),
                new DirectoryCommand.DeployBeside(VIEW, logId(2), 2, code(2)),
                new DirectoryCommand.RebuildView(VIEW, logId(2)),
                new DirectoryCommand.DeleteView(VIEW),
                new DirectoryCommand.DeleteTenant())) {
            int messages = 0;
            for (int crashAfter = 0; crashAfter <= messages; crashAfter++) {
                PlacementWorld world = withALogALedgerAndAView();
                world.done(TENANT, last);
                world.step();
                int delivered = 0;
                while (world.hasMessages() && delivered < crashAfter) {
                    world.deliver(0);
                    world.step();
                    delivered++;
                }
                messages = Math.max(messages, delivered + (world.hasMessages() ? 1 : 0));
                world.crashLeader();
                world.restart();
                world.finish();
                assertThat(world.directory().pending()).isEmpty();
                world.assertShardsHaveWhatTheDirectorySays();
            }
            assertThat(messages).as("messages of %s", last).isGreaterThanOrEqualTo(2);
        }
    }

    /** The view is in Java, whose logs come and go with it. */
    private static PlacementWorld withALogALedgerAndAView() {
        PlacementWorld world = withALogAndALedger();
        world.done(TENANT, new DirectoryCommand.AllowJavaViews(true));
        world.upload(TENANT, 2);
        world.done(TENANT, new DirectoryCommand.DeployJavaView(VIEW, STEPS, "counts", 3, Bounds.ANY_SHARD, code(1)));
        world.finish();
        assertThat(world.directory().log(TENANT, STEPS)).isPresent();
        return world;
    }

    private static ViewCode code(long chunk) {
        ViewCode code = DirectoryFixture.code(chunk);
        return new ViewCode(
                code.digest(),
                code.sizeBytes(),
                code.firstChunk(),
                code.chunks(),
                ViewCode.javaWorld("a.B"),
                List.of(),
                1,
                code.settings());
    }

    private static PlacementWorld withALogAndALedger() {
        PlacementWorld world = new PlacementWorld(3);
        world.tenant(1);
        world.done(TENANT, new DirectoryCommand.CreateLog(logId(1), "orders", 4, Bounds.ANY_SHARD, Retention.FOREVER));
        world.done(TENANT, new DirectoryCommand.CreateLedger(ledgerId(1), "books", Bounds.ANY_SHARD));
        world.finish();
        return world;
    }

    @Test
    void underLossRepetitionAndDelayTheShardsEndUpWithWhatTheDirectorySays() {
        long first = Long.getLong("thalweg.seed", new Random().nextLong());
        Map<String, Integer> outcomes = new TreeMap<>();
        for (long seed = first; seed < first + SEEDS; seed++) {
            try {
                run(new Random(seed), outcomes);
            } catch (AssertionError e) {
                throw new AssertionError("replay with -Dthalweg.seed=" + seed, e);
            }
        }
        System.out.println("seed " + first + ": " + outcomes);
        assertThat(outcomes).containsKeys("late", "stale", "lost", "crash", "settled", "dropped", "split", "not split");
    }

    private static void run(Random random, Map<String, Integer> outcomes) {
        PlacementWorld world = new PlacementWorld(random.nextInt(4));
        world.tenant(1);
        int names = 0;
        // Of each log that was ever seen, how many events it got: none may get lost while the log is there.
        Map<LogId, Integer> told = new TreeMap<>();
        for (int i = 0; i < 120; i++) {
            switch (random.nextInt(13)) {
                case 0 -> {
                    int n = ++names;
                    world.command(
                            TENANT,
                            new DirectoryCommand.CreateLog(
                                    logId(n), "log-" + n, 1 + random.nextInt(4), Bounds.ANY_SHARD, Retention.FOREVER));
                }
                case 1 -> {
                    int n = ++names;
                    world.command(
                            TENANT, new DirectoryCommand.CreateLedger(ledgerId(n), "book-" + n, Bounds.ANY_SHARD));
                }
                case 2 -> {
                    List<Log> logs = world.logs(TENANT);
                    if (!logs.isEmpty()) {
                        Log log = logs.get(random.nextInt(logs.size()));
                        if (world.command(TENANT, new DirectoryCommand.DeleteLog(log.id())) instanceof Reply.Done) {
                            told.remove(log.id());
                            outcomes.merge("dropped", 1, Integer::sum);
                        }
                    }
                }
                case 3 -> {
                    if (random.nextInt(10) == 0
                            && world.command(TENANT, new DirectoryCommand.DeleteTenant()) instanceof Reply.Done) {
                        told.clear();
                        world.tenant(1_000 + ++names);
                    }
                }
                case 4 -> {
                    world.crashLeader();
                    outcomes.merge("crash", 1, Integer::sum);
                }
                case 5 -> world.restart();
                case 7 -> {
                    List<Log> logs = world.logs(TENANT);
                    if (!logs.isEmpty()) {
                        Log log = logs.get(random.nextInt(logs.size()));
                        int partition = random.nextInt(log.partitions());
                        Reply reply = world.command(
                                TENANT,
                                new DirectoryCommand.SplitLog(
                                        log.id(),
                                        partition,
                                        DirectoryCommand.SplitLog.HALF,
                                        DirectoryCommand.SplitLog.HALF));
                        outcomes.merge(reply instanceof Reply.Done ? "split" : "not split", 1, Integer::sum);
                    }
                }
                case 6 -> {
                    for (Log log : world.logs(TENANT)) {
                        world.append(log);
                        told.merge(log.id(), 1, Integer::sum);
                    }
                }
                default -> {
                    world.step();
                    world.trouble(random, outcomes);
                }
            }
        }
        world.finish();
        world.deliverWhatIsLate(random, outcomes);
        world.finish();
        assertThat(world.directory().pending()).isEmpty();
        world.assertShardsHaveWhatTheDirectorySays();
        for (Log log : world.logs(TENANT)) {
            assertThat(world.events(log)).as("events of %s", log).isEqualTo(told.getOrDefault(log.id(), 0));
            outcomes.merge("settled", 1, Integer::sum);
        }
    }

    @Test
    void anIdentifierThatHadAnEarlierLifeIsTakenBackOnAllShards() {
        PlacementWorld world = withALogAndALedger();
        world.done(TENANT, new DirectoryCommand.DeleteLog(logId(1)));
        world.finish();
        world.done(TENANT, new DirectoryCommand.CreateLog(logId(1), "again", 7, Bounds.ANY_SHARD, Retention.FOREVER));
        world.finish();
        assertThat(world.logs(TENANT)).isEmpty();
        world.assertShardsHaveWhatTheDirectorySays();
        world.done(TENANT, new DirectoryCommand.CreateLog(logId(3), "again", 1, Bounds.ANY_SHARD, Retention.FOREVER));
        world.finish();
        assertThat(world.logs(TENANT)).hasSize(1);
    }

    @Test
    void partitionsGoWhereThereIsLeastAndNoNameIsGivenTwiceMeanwhile() {
        PlacementWorld world = new PlacementWorld(3);
        world.tenant(1);
        world.done(TENANT, new DirectoryCommand.CreateLog(logId(1), "a", 4, Bounds.ANY_SHARD, Retention.FOREVER));
        assertThat(world.command(
                        TENANT, new DirectoryCommand.CreateLog(logId(2), "a", 1, Bounds.ANY_SHARD, Retention.FOREVER)))
                .isInstanceOf(Reply.Refused.class);
        assertThat(world.logs(TENANT))
                .as("not before its shards have confirmed")
                .isEmpty();
        world.done(TENANT, new DirectoryCommand.CreateLog(logId(3), "b", 2, Bounds.ANY_SHARD, Retention.FOREVER));
        world.finish();
        assertThat(world.directory().log(TENANT, "a").orElseThrow().shards()).containsExactly(1, 2, 3, 1);
        assertThat(world.directory().log(TENANT, "b").orElseThrow().shards()).containsExactly(2, 3);
        world.done(TENANT, new DirectoryCommand.DeleteLog(logId(1)));
        world.done(TENANT, new DirectoryCommand.CreateLog(logId(4), "c", 3, Bounds.ANY_SHARD, Retention.FOREVER));
        world.finish();
        assertThat(world.directory().log(TENANT, "c").orElseThrow().shards()).containsExactly(1, 1, 2);
    }

    @Test
    void aRequestOfTheTimeBeforeShardsConfirmedChangesTheShardAtOnce() {
        PlacementWorld world = new PlacementWorld(0);
        world.tenant(1);
        world.commandOfOld(TENANT, new DirectoryCommand.CreateLog(logId(1), "old", 2, 0, Retention.FOREVER));
        world.commandOfOld(TENANT, new DirectoryCommand.CreateLedger(ledgerId(1), "old", 0));
        assertThat(world.directory().pending()).isEmpty();
        assertThat(world.logs(TENANT)).hasSize(1);
        world.assertShardsHaveWhatTheDirectorySays();
        world.commandOfOld(TENANT, new DirectoryCommand.DeleteLog(logId(1)));
        assertThat(world.directory().pending()).isEmpty();
        world.assertShardsHaveWhatTheDirectorySays();
    }
}
