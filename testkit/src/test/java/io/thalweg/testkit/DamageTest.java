package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.journal.JournalOptions;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.stream.StreamCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A wrong byte is repaired, cut off as an unacknowledged tail, or reported with its file: never a wrong answer. */
final class DamageTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final StreamId STREAM = StreamId.of(new LogId(new UUID(2, 2)));

    private static final ShardOptions OPTIONS =
            ShardOptions.in(Path.of("/shard")).withJournal(JournalOptions.small(1 << 16, () -> 7));

    private static SimulatedShard shard(boolean keepsTail) {
        return created(new SimulatedShard(1, OPTIONS, List::of, keepsTail));
    }

    private static SimulatedShard loneShard() {
        return created(new SimulatedShard(_ -> List.of(), 1, OPTIONS, true, true));
    }

    private static SimulatedShard created(SimulatedShard shard) {
        shard.call(new StreamCommand.Create(STREAM).toRequest(TENANT)).orThrow();
        return shard;
    }

    private static Request append(int value) {
        return AppendBody.builder(STREAM).add(new byte[] {(byte) value}).request(TENANT);
    }

    private static long appended(SimulatedShard shard, int value) {
        return AppendResult.decode(shard.call(append(value)).orThrow()).firstSequence();
    }

    private static Path newestSnapshot(SimulatedShard shard) {
        return newest(shard, ".state");
    }

    private static Path newest(SimulatedShard shard, String suffix) {
        return shard.disk().files().keySet().stream()
                .filter(file -> file.toString().endsWith(suffix))
                .reduce((_, later) -> later)
                .orElseThrow();
    }

    @Test
    void aFlippedBitAnywhereNeverGivesAWrongAnswer() {
        int harmless = 0;
        int reported = 0;
        for (long seed = 1; seed <= 40; seed++) {
            ShardSimulation.Flips flips = new ShardSimulation(seed).flipBits(10);
            harmless += flips.harmless();
            reported += flips.reported();
        }
        assertThat(harmless).isPositive();
        assertThat(reported).isPositive();
    }

    @Test
    void aDamagedSnapshotIsReplacedByTheOneBeforeWhenTheLogReachesBack() {
        SimulatedShard shard = shard(true);
        appended(shard, 1);
        shard.snapshot();
        appended(shard, 2);
        shard.snapshot();
        appended(shard, 3);
        byte[] digest = shard.shard().digest();
        shard.disk().flip(newestSnapshot(shard), 100, 3);
        shard.crash();
        assertThat(shard.shard().failure()).isEmpty();
        assertThat(shard.shard().digest()).isEqualTo(digest);
        assertThat(appended(shard, 4)).isEqualTo(4);
    }

    @Test
    void aDamagedSnapshotThatTheLogCannotReplaceStopsTheShardAndIsNamed() {
        SimulatedShard shard = shard(false);
        appended(shard, 1);
        shard.snapshot();
        appended(shard, 2);
        appended(shard, 2);
        appended(shard, 2);
        shard.snapshot();
        appended(shard, 3);
        Path damaged = newestSnapshot(shard);
        shard.disk().flip(damaged, 100, 3);
        assertThatThrownBy(shard::crash).hasMessageContaining(damaged.toString());
    }

    @Test
    void aWrongBitInTheNewestFramesOfAnIdleLoneShardIsNotTakenForATornWrite() {
        SimulatedShard shard = loneShard();
        appended(shard, 1);
        Path journal = newest(shard, ".seg");
        int end = 200; // within the second frame
        for (int i = 0; i < 2; i++) {
            assertThat(shard.shard().housekeep()).isFalse();
            shard.settle();
        }
        SimulatedDisk whole = shard.disk().crash(new SplittableRandom(1));
        int seen = 0;
        for (int offset = 40; offset < end; offset++) {
            SimulatedDisk damaged = whole.copy();
            damaged.flip(journal, offset, 3);
            seen++;
            assertThatThrownBy(() -> shard.startOn(damaged))
                    .as("a wrong bit at " + offset)
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining(journal.toString());
        }
        assertThat(seen).isGreaterThan(100);
        shard.startOn(whole);
        assertThat(appended(shard, 2)).isEqualTo(2);
    }

    @Test
    void aLoneShardFallsBackToTheSnapshotBeforeWhichItsJournalReachesBackTo() {
        SimulatedShard shard = loneShard();
        appended(shard, 1);
        shard.snapshot();
        appended(shard, 2);
        shard.snapshot();
        appended(shard, 3);
        byte[] digest = shard.shard().digest();
        shard.disk().flip(newestSnapshot(shard), 100, 3);
        shard.crash();
        assertThat(shard.shard().digest()).isEqualTo(digest);
        assertThat(appended(shard, 4)).isEqualTo(4);
    }

    @Test
    void aFailedForceHaltsTheShardAndNothingIsAcknowledgedAnyMore() {
        SimulatedShard shard = shard(true);
        assertThat(appended(shard, 1)).isEqualTo(1);
        shard.disk().failForceAt(1);
        assertThatThrownBy(() -> shard.call(append(2))).hasMessageContaining("not known whether");
        assertThat(shard.shard().failure()).isPresent();
        assertThat(((Reply.Refused) shard.call(append(3))).message()).contains("halted");
        assertThat(shard.shard().events().head(STREAM)).isEqualTo(1);
        shard.crash();
        assertThat(shard.shard().failure()).isEmpty();
        assertThat(shard.shard().stats(STREAM))
                .hasValueSatisfying(stats -> assertThat(stats.head()).isBetween(1L, 2L));
    }

    @Test
    void aRestartAppliesOnlyWhatCameAfterTheSnapshot() {
        SimulatedShard shard = shard(true);
        for (int i = 0; i < 50; i++) {
            appended(shard, i);
        }
        long covered = shard.snapshot();
        appended(shard, 50);
        byte[] digest = shard.shard().digest();
        shard.restart();
        assertThat(shard.shard().digest()).isEqualTo(digest);
        assertThat(shard.shard().appliedIndex() - covered).isLessThan(10);
        assertThat(shard.shard().stats(STREAM)).map(stats -> stats.head()).isEqualTo(Optional.of(51L));
    }
}
