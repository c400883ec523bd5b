package io.thalweg.raft;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;

/**
 * Applies all that a stopped member's Raft log has to its replica, without any of the others: for when they are gone. What the log has and nobody
 * committed is applied, too, since it may have been acknowledged. Nothing is ordered here.
 */
public final class RaftLogReplay implements Consensus {
    private final Replica replica;
    private final RaftLogInspector.Tail found;
    private final Position end;

    /**
     * Opens a replica and applies the log of its group.
     *
     * @throws CorruptionException naming what is damaged, or missing between the replica's snapshot and the log
     */
    public RaftLogReplay(ShardGroup group, Replica replica) {
        this.replica = replica;
        try {
            Position covered = replica.open();
            found = RaftLogInspector.look(group.current(), ForcedNote.read(group.directory()));
            RaftLogInspector.Summary log = found.summary();
            if (log.firstIndex() > covered.index() + 1) {
                throw new CorruptionException(
                        group.current(),
                        0,
                        "the raft log starts at entry " + log.firstIndex() + ", and the newest whole snapshot covers "
                                + covered.index() + " only");
            }
            if (log.lastIndex() < 0) {
                new BeginningNote(group.directory()).require(covered);
            }
            end = apply(group.current(), covered);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Position apply(Path current, Position covered) throws IOException {
        Position at = covered;
        for (Path file : RaftLogInspector.inOrder(current)) {
            byte[] bytes = Files.readAllBytes(file);
            for (int next = EntryBytes.HEADER.length; EntryBytes.isWhole(bytes, next); ) {
                LogEntryProto entry = EntryBytes.parse(bytes, next);
                if (entry.getIndex() > at.index()) {
                    if (entry.hasStateMachineLogEntry()) {
                        var _ = replica.apply(entry.getIndex(), entry.getTerm(), EntryForm.entry(entry));
                    } else {
                        replica.skip(entry.getIndex(), entry.getTerm());
                    }
                    at = new Position(entry.getIndex(), entry.getTerm());
                }
                next += EntryBytes.wholeBytes(EntryBytes.lengthAt(bytes, next));
            }
        }
        return at;
    }

    /** The last entry that is there. */
    public Position end() {
        return end;
    }

    /** The newest term that the member took part in; -1 when there is no log at all. */
    public long term() {
        return found.term();
    }

    /** Up to which entry this member's log was on disk once, by its note; empty without one. */
    public OptionalLong forced() {
        return found.forced();
    }

    /** Who votes, by the newest membership in the log or beside it; empty when neither says so. */
    public Set<String> voters() {
        return found.voters().keySet();
    }

    @Override
    public CompletableFuture<ByteBuffer> propose(Entry entry) {
        return CompletableFuture.failedFuture(
                new ThalwegException(ErrorCode.UNAVAILABLE, "the shard is only looked at, and takes no requests"));
    }

    @Override
    public Standing standing() {
        return new Standing(Role.STOPPED, Optional.empty(), end.term(), end.index());
    }

    @Override
    public CompletableFuture<Void> transfer(String member) {
        return CompletableFuture.failedFuture(
                new ThalwegException(ErrorCode.INVALID_REQUEST, "nobody leads a shard that is only looked at"));
    }

    @Override
    public synchronized CompletableFuture<Long> snapshot() {
        try {
            return CompletableFuture.completedFuture(replica.snapshot().index());
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public long stampNs(Clock own) {
        return own.wallNs();
    }

    @Override
    public void housekeep() {}

    @Override
    public void close() {}
}
