package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * One shard's entries on disk. Threads: {@link #append}, {@link #force} and {@link #truncate} from one thread at a time, which
 * nobody interrupts; {@link #read}, {@link #applied}, {@link #sealNext} and the queries from any.
 */
@SuppressWarnings("DoNotCallSuggester") // being built
public final class Journal implements AutoCloseable {
    /** Largest body of an entry. */
    public static final int MAX_BODY_BYTES = 64 << 20;

    /** Largest configured size of a segment; the last entry may reach beyond it. */
    public static final int MAX_SEGMENT_BYTES = 1 << 30;

    /**
     * Opens the journal in {@code directory}, creating it when it is missing, and recovers it: see the class comment.
     *
     * @param durableIndex the newest index that is known to have been forced (what the newest snapshot covers); -1 for none.
     *     Damage at or before it is corruption, never a torn tail
     * @throws CorruptionException when stored bytes are not what was written, other than a torn tail
     */
    public static Journal open(Disk disk, Path directory, JournalOptions options, long durableIndex) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /** What recovery cut off the end of the last segment, in words, or an empty text when nothing was. */
    public String recovery() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Index of the newest entry; -1 when there is none. */
    public long lastIndex() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Index of the oldest entry that is still kept; -1 when there is none. */
    public long firstIndex() {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Stores an entry without making it durable. An entry at or behind an index that exists replaces it and all later ones.
     * The buffers must not change until the entry is {@link #applied}; their positions do not move.
     */
    public void append(long index, long term, long stampNs, int requests, List<ByteBuffer> body) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Returns when everything appended so far is durable. After a failure the journal refuses everything. */
    public void force() throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * The entry at {@code index}, checked. A recent one costs no disk.
     *
     * @throws CorruptionException when its bytes are not what was written
     * @throws java.util.NoSuchElementException when the journal holds no entry at this index
     */
    public JournalEntry read(long index) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /** Says that everything up to {@code index} has been applied: never truncated any more, and not needed in memory. */
    public void applied(long index) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Drops every entry behind {@code lastIndex}, durably. */
    public void truncate(long lastIndex) throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Seals the oldest closed segment that is not sealed yet: reads it back, checks every frame, and chains its hash to the one
     * before. Meant for a background thread; long (a whole segment is read), and off the path of appends.
     *
     * @return false when there was nothing to seal
     */
    public boolean sealNext() throws IOException {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public void close() throws IOException {
        throw new UnsupportedOperationException("not yet");
    }
}
