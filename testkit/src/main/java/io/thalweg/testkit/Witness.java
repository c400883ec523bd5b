package io.thalweg.testkit;

import io.thalweg.log.journal.JournalEntry;
import io.thalweg.shard.Entry;
import io.thalweg.shard.LoneReplica;
import io.thalweg.shard.Replica.Position;
import io.thalweg.testkit.raft.GroupEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a lone shard's order and its replica, and notes in a {@link Quorum} what is committed: an entry is, once the force
 * that follows it has returned, or when a start finds it in the journal. It throws {@link AssertionError} when a start brings back
 * another entry than was committed, or when something is applied that is not durable. One thread.
 */
public final class Witness implements LoneReplica {
    private final LoneReplica replica;
    private final Quorum quorum;

    /** Appended, and not forced yet. */
    private final Deque<Quorum.Committed> appended = new ArrayDeque<>();

    private boolean started;

    public Witness(LoneReplica replica, Quorum quorum) {
        this.replica = replica;
        this.quorum = quorum;
    }

    @Override
    public Position open() throws IOException {
        return replica.open();
    }

    @Override
    public long storedIndex() {
        return replica.storedIndex();
    }

    /** A start asks for one after the other, until there is none. */
    @Override
    public @Nullable JournalEntry storedBehind(long index) throws IOException {
        JournalEntry found = replica.storedBehind(index);
        if (found != null) {
            recovered(found);
        } else {
            started = true;
            quorum.forgetEmptyBehind(Math.max(index, replica.storedIndex()));
            if (Math.max(index, replica.storedIndex()) < quorum.index()) {
                throw new AssertionError(
                        "entry " + quorum.index() + " was committed, and only those up to " + index + " came back");
            }
        }
        return found;
    }

    private void recovered(JournalEntry found) {
        if (found.index() > quorum.index()) {
            Entry entry = new Entry(
                    found.stampNs(),
                    found.requests(),
                    List.of(found.body()),
                    found.body().remaining(),
                    found.checksum());
            quorum.commit(new Quorum.Committed(found.index(), found.term(), GroupEntry.copy(entry)));
            return;
        }
        Quorum.Committed known = quorum.at(found.index());
        Entry entry = known.entry();
        if (known.term() != found.term() || entry.checksum() != found.checksum()) {
            throw new AssertionError("entry " + found.index() + " was committed as another than it came back");
        }
    }

    @Override
    public void applyAhead(long index, long term, Entry entry) {
        replica.applyAhead(index, term, entry);
    }

    @Override
    public JournalEntry append(long index, long term, Entry entry) throws IOException {
        JournalEntry stored = replica.append(index, term, entry);
        appended.add(new Quorum.Committed(index, term, GroupEntry.copy(entry)));
        return stored;
    }

    @Override
    public void force() throws IOException {
        replica.force();
        appended.forEach(quorum::commit);
        appended.clear();
    }

    @Override
    public boolean isApplyingAhead() {
        return replica.isApplyingAhead();
    }

    @Override
    public ByteBuffer apply(JournalEntry entry) {
        if (started && entry.index() > quorum.index()) {
            throw new AssertionError("entry " + entry.index() + " is applied before it is durable");
        }
        return replica.apply(entry);
    }

    @Override
    public Position snapshot() throws IOException {
        return replica.snapshot();
    }

    @Override
    public void fail(Throwable cause) {
        replica.fail(cause);
    }

    @Override
    public void close() throws IOException {
        replica.close();
    }
}
