package io.thalweg.shard;

import io.thalweg.ports.disk.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the {@link Consensus} of a group drives on each node: the deterministic state machine that applies what is committed. Entries lie
 * whole in the consensus' own log until a durable snapshot covers them; this keeps no entry that is not committed, so nothing
 * here is ever taken back. Who is behind what the consensus has takes a copy of another replica. Indexes increase but have gaps, because a consensus keeps entries of its own between.
 *
 * <p>{@link #apply}, {@link #skip} and {@link #snapshot} come from one thread at a time, in order. {@link #fail} may come from any
 * thread at any time. The consensus opens the replica before anything else and closes it after everything else.
 */
public interface Replica {

    /** The newest entry that a snapshot covers; index -1 when there is none. */
    record Position(long index, long term) {
        public static final Position NONE = new Position(-1, 0);
    }

    /** A number of what a replica had come to with all entries before {@code index}: the same on each, or one of them is wrong. */
    record Digest(long index, long value) {}

    /** Opens storage and loads the newest whole snapshot; the consensus applies all entries behind it again. */
    Position open() throws IOException;

    /** Index of the newest entry in the journal, -1 when there is none. Asked after {@link #open}. */
    long storedIndex();

    /**
     * Why the newest snapshot could not be used, so that {@link #open} loaded the one before; null when it could. A consensus whose log
     * does not reach back that far names it when it refuses.
     */
    @Nullable
    CorruptionException damaged();

    /**
     * Applies a committed entry and returns the replies to its requests. The body must not change afterwards. What is thrown
     * halts the shard.
     */
    ByteBuffer apply(long index, long term, Entry entry);

    /** Notes that the consensus applied an entry of its own. */
    void skip(long index, long term);

    /**
     * Returns what the newest durable snapshot covers: the consensus may forget what is behind that. May also begin a new one
     * as of the last applied index, which a later call tells of.
     */
    Position snapshot() throws IOException;

    /**
     * The newest durable snapshot with all its files, for another replica; to be closed soon, since no snapshot is taken meanwhile. Any
     * thread.
     *
     * @throws CopyOut.LaterException when there is none yet, or one is just being made
     */
    CopyOut copyOut() throws IOException;

    /** Where a copy of another replica is put together, beside this one's own files. Any thread, one copy at a time. */
    CopyIn copyIn() throws IOException;

    /**
     * Puts a copy that has arrived in the place of everything here, and loads it: as {@link #open} on those files. From the thread that
     * applies.
     */
    Position install(CopyIn copy) throws IOException;

    /**
     * What this replica had come to at the newest places at which replicas are compared, oldest first; none before the order has the version that
     * brings them. Any thread.
     */
    default List<Digest> digests() {
        return List.of();
    }

    /** The consensus cannot go on: stop acknowledging, refuse everything, tell the operator. */
    void fail(Throwable cause);

    void close() throws IOException;
}
