package io.thalweg.shard.stream;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keys of one tenant that are still remembered, with what was answered. Part of the replicated state: the
 * apply thread only.
 *
 * <p>Event time only grows, so keys expire in the order in which they came. Records therefore live in a queue of fixed chunks
 * of primitive longs: seven per key, 56 bytes, freed as they expire, never copied. A hash table of ints, at most half
 * full, linear probing, finds a key's record; removal shifts the cluster back, so there are no tombstones and the table
 * never needs a cleaning pass. A million keys take 56 MB of records and 8 MB of table. What is expired is a matter of event
 * time alone, hence equal on all replicas; {@link #save} leaves expired records out, hence its bytes do not depend on when
 * the memory was given back.
 */
public final class IdempotencyWindow {
    private static final int CHUNK_RECORDS = 1024;
    private static final int FIELDS = 7;
    private static final int RECORD_BYTES = FIELDS * Long.BYTES;

    // Fields of a record.
    private static final int KEY_HIGH = 0;
    private static final int KEY_LOW = 1;
    private static final int PAYLOAD_HIGH = 2;
    private static final int PAYLOAD_LOW = 3;
    private static final int SEQUENCE = 4;
    private static final int COUNT = 5;
    private static final int TIMESTAMP = 6;

    private final long windowNs;
    private final List<long[]> chunks = new ArrayList<>();

    /** Ordinal of the oldest live record, of the next one, and of the first record of {@code chunks.get(0)}. */
    private long oldest;

    private long next;
    private long chunksStart;

    /** 0: free; otherwise 1 + the low 31 bits of a record's ordinal. */
    private int[] table = new int[64];

    /** @param windowNs how long a key is remembered, in event time */
    public IdempotencyWindow(long windowNs) {
        this.windowNs = windowNs;
    }

    /** Live records as of the newest {@link #expire}. */
    public int size() {
        return (int) (next - oldest);
    }

    /** Forgets what is older than the window at {@code nowNs}. */
    public void expire(long nowNs) {
        while (oldest < next && isExpired(oldest, nowNs)) {
            remove(oldest);
            oldest++;
            if (oldest - chunksStart == CHUNK_RECORDS) {
                chunks.removeFirst();
                chunksStart = oldest;
            }
        }
    }

    private boolean isExpired(long ordinal, long nowNs) {
        return nowNs - field(ordinal, TIMESTAMP) >= windowNs;
    }

    /** Ordinal of the record of a key, or -1. */
    public long find(long keyHigh, long keyLow) {
        int mask = table.length - 1;
        for (int slot = home(keyHigh, keyLow, mask); table[slot] != 0; slot = (slot + 1) & mask) {
            long ordinal = ordinal(table[slot]);
            if (field(ordinal, KEY_HIGH) == keyHigh && field(ordinal, KEY_LOW) == keyLow) {
                return ordinal;
            }
        }
        return -1;
    }

    boolean samePayload(long ordinal, long payloadHigh, long payloadLow) {
        return field(ordinal, PAYLOAD_HIGH) == payloadHigh && field(ordinal, PAYLOAD_LOW) == payloadLow;
    }

    long sequence(long ordinal) {
        return field(ordinal, SEQUENCE);
    }

    int count(long ordinal) {
        return (int) field(ordinal, COUNT);
    }

    long timestampNs(long ordinal) {
        return field(ordinal, TIMESTAMP);
    }

    /** Remembers a key that {@link #find} does not know; timestamps must not decrease. */
    public void add(
            long keyHigh, long keyLow, long payloadHigh, long payloadLow, long sequence, int count, long timestampNs) {
        if ((next - oldest + 1) * 2 > table.length) {
            grow();
        }
        if (next - chunksStart == (long) chunks.size() * CHUNK_RECORDS) {
            chunks.add(new long[CHUNK_RECORDS * FIELDS]);
        }
        long[] chunk = chunks.getLast();
        int at = (int) ((next - chunksStart) % CHUNK_RECORDS) * FIELDS;
        chunk[at + KEY_HIGH] = keyHigh;
        chunk[at + KEY_LOW] = keyLow;
        chunk[at + PAYLOAD_HIGH] = payloadHigh;
        chunk[at + PAYLOAD_LOW] = payloadLow;
        chunk[at + SEQUENCE] = sequence;
        chunk[at + COUNT] = count;
        chunk[at + TIMESTAMP] = timestampNs;
        insert(next++);
    }

    private long field(long ordinal, int field) {
        long at = ordinal - chunksStart;
        return chunks.get((int) (at / CHUNK_RECORDS))[(int) (at % CHUNK_RECORDS) * FIELDS + field];
    }

    private static int home(long keyHigh, long keyLow, int mask) {
        long mixed = (keyHigh ^ Long.rotateLeft(keyLow, 32)) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32) & mask;
    }

    private int homeOf(long ordinal, int mask) {
        return home(field(ordinal, KEY_HIGH), field(ordinal, KEY_LOW), mask);
    }

    private static int stored(long ordinal) {
        return (int) (ordinal & 0x7fffffff) + 1;
    }

    private long ordinal(int stored) {
        return oldest + (((stored - 1) - (int) (oldest & 0x7fffffff)) & 0x7fffffff);
    }

    private void insert(long ordinal) {
        int mask = table.length - 1;
        int slot = homeOf(ordinal, mask);
        while (table[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        table[slot] = stored(ordinal);
    }

    private void remove(long ordinal) {
        int mask = table.length - 1;
        int hole = homeOf(ordinal, mask);
        while (table[hole] != stored(ordinal)) {
            hole = (hole + 1) & mask;
        }
        // Close the hole with any later member of the cluster that would otherwise not be found from its home.
        for (int slot = (hole + 1) & mask; table[slot] != 0; slot = (slot + 1) & mask) {
            int home = homeOf(ordinal(table[slot]), mask);
            if (((slot - home) & mask) >= ((slot - hole) & mask)) {
                table[hole] = table[slot];
                hole = slot;
            }
        }
        table[hole] = 0;
    }

    private void grow() {
        table = new int[table.length * 2];
        for (long ordinal = oldest; ordinal < next; ordinal++) {
            insert(ordinal);
        }
    }

    /** Writes what is live at {@code nowNs}, oldest first. */
    public void save(BinaryWriter out, long nowNs) {
        capture(nowNs).accept(out);
    }

    /** What writes that on any thread, as it is now: a record is never changed, and a chunk never used again. */
    public Consumer<BinaryWriter> capture(long nowNs) {
        long first = oldest;
        while (first < next && isExpired(first, nowNs)) {
            first++;
        }
        long from = first - chunksStart;
        long to = next - chunksStart;
        List<long[]> captured = List.copyOf(chunks);
        return out -> {
            out.i32((int) (to - from));
            for (long at = from; at < to; at++) {
                long[] chunk = captured.get((int) (at / CHUNK_RECORDS));
                int record = (int) (at % CHUNK_RECORDS) * FIELDS;
                for (int field = 0; field < FIELDS; field++) {
                    out.i64(chunk[record + field]);
                }
            }
        };
    }

    /** Reads into an empty window. */
    public void load(BinaryReader in) {
        long before = Long.MIN_VALUE;
        for (int left = in.count(RECORD_BYTES); left > 0; left--) {
            long keyHigh = in.i64();
            long keyLow = in.i64();
            long payloadHigh = in.i64();
            long payloadLow = in.i64();
            long sequence = in.i64();
            long count = in.i64();
            long timestampNs = in.i64();
            if (timestampNs < before || sequence < 1 || count < 1 || count > Integer.MAX_VALUE) {
                throw new MalformedException("idempotency record of sequence " + sequence + " is out of bounds");
            }
            before = timestampNs;
            add(keyHigh, keyLow, payloadHigh, payloadLow, sequence, (int) count, timestampNs);
        }
    }
}
