package io.thalweg.directory;

import static io.thalweg.directory.DirectoryFixture.OPERATOR;
import static io.thalweg.directory.DirectoryFixture.code;
import static io.thalweg.directory.DirectoryFixture.logId;
import static io.thalweg.directory.DirectoryFixture.tenantId;
import static io.thalweg.directory.DirectoryFixture.viewId;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Slots;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Reply;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Slots of a log that go to new partitions: who owns what, then and now, and what is refused. */
final class LogSplitTest {
    private static final TenantId TENANT = tenantId(1);
    private static final int HALF = DirectoryCommand.SplitLog.HALF;

    @Test
    void eachSlotHasOneOwnerAfterAnySplitsAndKeepsItUnlessItWasMoved() {
        long first = Long.getLong("thalweg.seed", new Random().nextLong());
        for (long seed = first; seed < first + 40; seed++) {
            Random random = new Random(seed);
            PlacementWorld world = world(1 + random.nextInt(4));
            for (int i = 0; i < 6; i++) {
                Log before = log(world);
                int from = random.nextInt(before.partitions());
                int low = random.nextInt(Slots.COUNT);
                int high = low + random.nextInt(Slots.COUNT - low);
                boolean half = random.nextBoolean();
                Reply reply = world.command(
                        TENANT, new DirectoryCommand.SplitLog(logId(1), from, half ? HALF : low, half ? HALF : high));
                world.finish();
                world.restart();
                Log after = log(world);
                assertThat(after.partitions())
                        .as("seed %s", seed)
                        .isEqualTo(before.partitions() + (reply instanceof Reply.Done ? 1 : 0));
                for (int slot = 0; slot < Slots.COUNT; slot++) {
                    int owner = after.owner(slot);
                    assertThat(after.owner(slot, before.partitions())).isEqualTo(before.owner(slot));
                    assertThat(owner == before.owner(slot)
                                    || (owner == before.partitions() && before.owner(slot) == from))
                            .as("seed %s: slot %s went from %s to %s", seed, slot, before.owner(slot), owner)
                            .isTrue();
                }
                assertThat(IntStream.range(0, after.partitions()))
                        .allMatch(partition -> !after.slots(partition).isEmpty());
            }
        }
    }

    private static PlacementWorld world(int partitions) {
        PlacementWorld world = new PlacementWorld(2);
        world.tenant(1);
        world.done(
                TENANT,
                new DirectoryCommand.CreateLog(logId(1), "orders", partitions, Bounds.ANY_SHARD, Retention.FOREVER));
        world.finish();
        return world;
    }

    private static Log log(PlacementWorld world) {
        return world.logs(TENANT).getFirst();
    }

    @Test
    void aSplitWaitsForTheOneBeforeAndIsOffWhenTheLogIsDeleted() {
        PlacementWorld world = world(1);
        DirectoryCommand split = new DirectoryCommand.SplitLog(logId(1), 0, HALF, HALF);
        world.done(TENANT, split);
        assertThat(world.command(TENANT, split))
                .isInstanceOfSatisfying(
                        Reply.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.ALREADY_EXISTS));
        assertThat(world.command(TENANT, new DirectoryCommand.DeployView(viewId(1), logId(1), "totals", code(1))))
                .as("a component follows one partition")
                .isInstanceOfSatisfying(
                        Reply.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.ALREADY_EXISTS));
        world.done(TENANT, new DirectoryCommand.DeleteLog(logId(1)));
        world.finish();
        world.assertShardsHaveWhatTheDirectorySays();
        assertThat(world.logs(TENANT)).isEmpty();
    }

    @Test
    void retentionThatChangesWhileALogIsBeingSplitStays() {
        PlacementWorld world = world(1);
        world.done(TENANT, new DirectoryCommand.SplitLog(logId(1), 0, 4000, 4095));
        world.done(TENANT, new DirectoryCommand.ChangeRetention(logId(1), new Retention(60, 0)));
        world.finish();
        assertThat(log(world).retention()).isEqualTo(new Retention(60, 0));
        assertThat(log(world).splits()).containsExactly(new SlotSplit(0, 4000, 4095));
        assertThat(log(world).root(1)).isZero();
    }

    @Test
    void theCommandReadsBackAsItWasWritten() {
        DirectoryCommand command = new DirectoryCommand.SplitLog(logId(1), 3, 7, 9);
        assertThat(DirectoryRequest.decode(DirectoryRequest.encode(OPERATOR, command))
                        .command())
                .isEqualTo(command);
    }
}
