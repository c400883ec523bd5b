package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Storage that fails: nothing is acknowledged, and nothing on disk says more than was stored. */
class HaltTest {

    @TempDir
    Path directory;

    private interface Fault {
        void strike(FileReplica replica);
    }

    private void haltsWith(Fault fault) throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.proposeAll(0, 20);
            fault.strike(shard.replica);
            List<CompletableFuture<ByteBuffer>> lost = List.of(shard.propose(20), shard.propose(21), shard.propose(22));
            for (CompletableFuture<ByteBuffer> each : lost) {
                assertThatThrownBy(() -> each.get(30, TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOfSatisfying(
                                ThalwegException.class,
                                e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
            }
            assertThat(shard.replica.failure).isNotNull();
            assertThat(shard.consensus.role()).isEqualTo(Consensus.Role.STOPPED);
            assertThatThrownBy(() -> shard.propose(23).get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ThalwegException.class);
        }
    }

    private void startsWith(int values) throws IOException {
        try (OneMember shard = OneMember.open(directory)) {
            assertThat(shard.propose(100).join().getLong(0)).isEqualTo(values + 1);
        }
    }

    /** The same directory, looked at as a member of a group of three does. */
    private ShardGroup ofThree() {
        return new ShardGroup(
                0,
                List.of(OneMember.member("n1"), OneMember.member("n2"), OneMember.member("n3")),
                OneMember.group(directory).directory());
    }

    @Test
    void aFailedFlushHaltsAndItsEntriesReachNoRaftLogAndAreNotApplied() throws Exception {
        haltsWith(replica -> replica.flushFault = () -> new IOException("Input/output error"));
        assertThat(RaftLogInspector.verify(OneMember.group(directory).directory())
                        .getFirst()
                        .lastIndex())
                .isEqualTo(20);
        startsWith(20);
    }

    /** As the journal may look when the disk really lost what the failed flush was for. */
    @Test
    void afterAFailedFlushAJournalWithoutTheEntriesStarts() throws Exception {
        haltsWith(replica -> replica.flushFault = () -> new IOException("Input/output error"));
        Path journal = directory.resolve("journal/journal");
        Files.write(journal, Arrays.copyOf(Files.readAllBytes(journal), 20 * (36 + 64)));
        startsWith(20);
    }

    @Test
    void aFailedWriteHalts() throws Exception {
        haltsWith(replica -> replica.writeFault = () -> new IOException("No space left on device"));
        startsWith(20);
    }

    /** The entries are committed and stay; only this run did not get to apply them. */
    @Test
    void aFailedApplyHaltsAndIsDoneAgainByTheNextRun() throws Exception {
        haltsWith(replica -> replica.applyFault = () -> new IllegalStateException("a bug in a machine"));
        try (OneMember shard = OneMember.open(directory)) {
            shard.propose(100).join();
            assertThat(shard.replica.values()).startsWith(0L, 1L).contains(20L).endsWith(100L);
        }
    }

    @Test
    void aFlushThatNeverReturnsIsNeverAcknowledged() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.propose(0).join();
            CompletableFuture<Void> released = new CompletableFuture<>();
            shard.replica.flushFault = () -> {
                released.join();
                return null;
            };
            CompletableFuture<ByteBuffer> waiting = shard.propose(1);
            assertThatThrownBy(() -> waiting.get(500, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(shard.replica.values()).containsExactly(0L);
            shard.replica.flushFault = () -> null;
            released.completeAsync(() -> null);
            assertThat(waiting.get(30, TimeUnit.SECONDS).getLong(0)).isEqualTo(2);
        }
    }

    @Test
    void aRaftLogThatRefersToALostBodyRefusesToStart() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.proposeAll(0, 20);
        }
        Path journal = directory.resolve("journal/journal");
        Files.write(journal, Arrays.copyOf(Files.readAllBytes(journal), (int) Files.size(journal) - 1));
        refuses("refers to entry 20");
    }

    @Test
    void aMissingRaftLogBesideAJournalRefusesToStart() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.proposeAll(0, 20);
        }
        Files.move(directory.resolve("raft"), directory.resolve("elsewhere"));
        refuses("the raft log is missing");
    }

    /** Puts the Raft log back to entry 20, the snapshot covers 22 and the journal has 23. */
    private void loseTheEndOfTheRaftLog() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.proposeAll(0, 20);
        }
        Path segment = OneMember.raftLog(directory).resolve("log_inprogress_0");
        byte[] old = Files.readAllBytes(segment);
        try (OneMember shard = OneMember.open(directory)) {
            shard.propose(20).join();
            shard.consensus.snapshot().get(30, TimeUnit.SECONDS);
            shard.propose(21).join();
        }
        try (var files = Files.list(segment.getParent())) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith("log_"))
                    .toList()) {
                Files.delete(file);
            }
        }
        Files.write(segment, old);
    }

    @Test
    void aRaftLogThatEndsBeforeTheSnapshotStopsIfTheJournalHasMore() throws Exception {
        loseTheEndOfTheRaftLog();
        FileReplica replica = new FileReplica(directory.resolve("journal"));
        Replica.Position covered = replica.open();
        assertThatThrownBy(() -> RatisNode.reconcile(ofThree(), replica, covered))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("ends at entry 20, but the snapshot covers 22");
        replica.close();
    }

    private void storeTwoBodiesMore() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.proposeAll(0, 20);
        }
        FileReplica journal = new FileReplica(directory.resolve("journal"));
        journal.open();
        journal.write(21, 1, FileReplica.entry(77, 64)).get();
        journal.write(22, 1, FileReplica.entry(78, 64)).get();
        journal.close();
    }

    @Test
    void bodiesThatTheRaftLogNeverHeardOfAreDroppedForNobodyWasToldOfThem() throws Exception {
        storeTwoBodiesMore();
        FileReplica replica = new FileReplica(directory.resolve("journal"));
        assertThat(RatisNode.reconcile(ofThree(), replica, replica.open())).isEqualTo(20);
        assertThat(replica.storedIndex()).isEqualTo(20);
        replica.close();
    }

    private void refuses(String why) throws ExecutionException, InterruptedException {
        FileReplica replica = new FileReplica(directory.resolve("journal"));
        try (RatisNode node = OneMember.node()) {
            assertThatThrownBy(() -> node.open(OneMember.group(directory), replica))
                    .isInstanceOf(CorruptionException.class)
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining(why);
            assertThat(replica.closed).isTrue();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
