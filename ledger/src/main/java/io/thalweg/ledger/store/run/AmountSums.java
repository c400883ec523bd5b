package io.thalweg.ledger.store.run;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.schema.Schema;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Adds up the amounts of records by ledger, code, kind and minute. Not thread-safe. */
public final class AmountSums {
    /** Longs of a sum: how many, then the amount with 192 bits, lowest first. */
    public static final int LONGS = 4;

    public static final long MINUTE_NS = 60_000_000_000L;

    private final KeyGroups groups = new KeyGroups();
    private long[] sums = new long[16 * LONGS];
    private int lastGroup = -1;
    private long lastOwner;
    private long minuteStart;

    /** The half of the key that orders by ledger, then code, then kind. */
    public static long owner(int ledger, int code, int flags) {
        return Integer.toUnsignedLong(ledger) << 32 | (long) code << 16 | (flags & Schema.KIND_FLAGS);
    }

    public static long minute(long timestamp) {
        return Long.divideUnsigned(timestamp, MINUTE_NS);
    }

    void clear() {
        groups.clear();
        Arrays.fill(sums, 0);
        lastGroup = -1;
    }

    public void add(MemorySegment memory, long record, int timestampOffset) {
        int ledger = memory.get(Bytes.U32, record + Schema.LEDGER_OFFSET);
        int code = Short.toUnsignedInt(memory.get(Bytes.U16, record + Schema.CODE_OFFSET));
        long timestamp = memory.get(Bytes.U64, record + timestampOffset);
        long owner = owner(ledger, code, memory.get(Bytes.U16, record + Schema.FLAGS_OFFSET));
        // Nearly always the minute of the record before, and often its code.
        if (lastGroup < 0
                || owner != lastOwner
                || timestamp - minuteStart < 0
                || timestamp - minuteStart >= MINUTE_NS) {
            long minute = minute(timestamp);
            minuteStart = minute * MINUTE_NS;
            lastOwner = owner;
            lastGroup = groups.add(minute, owner);
            if ((lastGroup + 1) * LONGS > sums.length) {
                sums = Arrays.copyOf(sums, 2 * sums.length);
            }
        }
        long low = memory.get(Bytes.U64, record + Schema.AMOUNT_OFFSET);
        long high = memory.get(Bytes.U64, record + Schema.AMOUNT_OFFSET + 8);
        add(sums, lastGroup * LONGS, 1, low, high, 0);
    }

    /** Adds to the sum that begins at {@code at}. */
    public static void add(long[] sums, int at, long count, long low, long high, long top) {
        sums[at] += count;
        long newLow = sums[at + 1] + low;
        long carry = Long.compareUnsigned(newLow, low) < 0 ? 1 : 0;
        long middle = sums[at + 2] + high;
        long carryTop = Long.compareUnsigned(middle, high) < 0 ? 1 : 0;
        long newMiddle = middle + carry;
        carryTop += carry != 0 && newMiddle == 0 ? 1 : 0;
        sums[at + 1] = newLow;
        sums[at + 2] = newMiddle;
        sums[at + 3] += top + carryTop;
    }

    /** Ends the records; what was added up is then there in the order of keys. */
    void finish() {
        groups.finish();
    }

    int size() {
        return groups.size();
    }

    public long minute(int i) {
        return groups.low(i);
    }

    public long owner(int i) {
        return groups.high(i);
    }

    /** The longs of all sums; the i-th begins at {@link #at}. */
    long[] sums() {
        return sums;
    }

    int at(int i) {
        return groups.group(i) * LONGS;
    }
}
