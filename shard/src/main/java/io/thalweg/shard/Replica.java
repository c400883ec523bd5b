package io.thalweg.shard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * What the {@link Consensus} of a group drives on each node: storage for entries before they are committed, and the deterministic state
 * machine that applies them after. Indexes increase but have gaps, because a consensus keeps entries of its own between.
 *
 * <p>{@link #write} and {@link #truncate} come one at a time and in order, though not always from the same thread, and must
 * not block on the disk. {@link #flush} comes from another thread when the writes that it covers have completed; later writes
 * may run beside it. {@link #apply}, {@link #skip} and {@link #snapshot} come from one thread in order, which is another
 * again. {@link #read} and {@link #fail} may come from any thread at any time.
 *
 * <p>The consensus opens the replica before anything else and closes it after everything else.
 */
public interface Replica {

    /** The newest entry that a snapshot covers; index -1 when there is none. */
    record Position(long index, long term) {
        public static final Position NONE = new Position(-1, 0);
    }

    /** Opens storage and loads the newest whole snapshot; entries behind it will be applied again. */
    Position open() throws IOException;

    /**
     * Index of the newest entry in storage, -1 when there is none. Asked once after {@link #open}: a consensus whose own log
     * refers to more refuses to start. What its log does not know was never acknowledged; it truncates that here.
     */
    long storedIndex();

    /** Stores an entry without making it durable. An entry at or behind an index that exists replaces it and all later ones. */
    CompletableFuture<Void> write(long index, long term, Entry entry);

    /** Makes every entry up to {@code index} durable. A failure is final: the shard halts instead of acknowledging. */
    CompletableFuture<Void> flush(long index);

    /** Reads an entry's body back, checked; fails when its term or {@code reference} is not what was stored. */
    Entry read(long index, long term, ByteBuffer reference) throws IOException;

    /** The few bytes that the consensus keeps in its own log in place of the body: length, checksum and stamp. */
    ByteBuffer reference(Entry entry);

    /** Drops every entry behind {@code lastIndex}. */
    CompletableFuture<Void> truncate(long lastIndex);

    /** Applies a committed entry that was written before, and returns the replies to its requests. */
    ByteBuffer apply(long index, long term, ByteBuffer reference);

    /** Notes that the consensus applied an entry of its own. */
    void skip(long index, long term);

    /**
     * Returns what the newest durable snapshot covers: the consensus may forget what is behind that. May also begin a new one
     * as of the last applied index, which a later call tells of.
     */
    Position snapshot() throws IOException;

    /** The consensus cannot go on: stop acknowledging, refuse everything, tell the operator. */
    void fail(Throwable cause);

    void close() throws IOException;
}
