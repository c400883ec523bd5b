package io.thalweg.shard;

import io.thalweg.log.journal.JournalEntry;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What {@link LoneConsensus} drives: the journal that is its log, and the state machine. Nothing is ever replaced here, and
 * indexes follow each other; only journals that a Raft log once stood beside have gaps, where that had entries of its own.
 *
 * <p>{@link #append}, {@link #applyAhead} and {@link #force} come from one thread at a time and may block on the disk; {@link
 * #apply} and {@link #snapshot} from one at a time that is perhaps another. {@link #fail} may come from any. Whatever is thrown
 * halts the shard.
 */
public interface LoneReplica {

    /** Opens storage and loads the newest whole snapshot; entries behind it will be applied again. */
    Position open() throws IOException;

    /** Index of the newest entry in the journal, -1 when there is none. */
    long storedIndex();

    /**
     * The first entry in the journal behind {@code index}, checked; null when there is none.
     *
     * @throws IOException also when the journal has given back entries behind {@code index}
     */
    @Nullable
    JournalEntry storedBehind(long index) throws IOException;

    /**
     * The entry that is about to be written will be applied, unless this process ends before: begins to apply it while the disk
     * works, if that is worth it. Only for the entry right behind the newest applied one.
     */
    void applyAhead(long index, long term, Entry entry);

    /** Appends an entry to the journal, without making it durable. */
    JournalEntry append(long index, long term, Entry entry) throws IOException;

    /** Makes everything written so far durable. */
    void force() throws IOException;

    /** Whether applying the next entry now would have to wait for what was begun ahead. */
    boolean isApplyingAhead();

    /** Applies an entry that is durable, shows what it changed, and returns the replies to its requests. */
    ByteBuffer apply(JournalEntry entry);

    /** As {@link Replica#snapshot}. */
    Position snapshot() throws IOException;

    /** The shard cannot go on: stop acknowledging, refuse everything, tell the operator. */
    void fail(Throwable cause);

    /** Closes the files, after everything else has stopped. */
    void close() throws IOException;
}
