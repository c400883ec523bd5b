package io.thalweg.ledger.store;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.block.Section;
import io.thalweg.ledger.store.run.AmountSums;
import io.thalweg.ledger.store.run.Run;
import io.thalweg.ledger.store.run.RunFormat;
import io.thalweg.ledger.store.schema.Schema;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * Adds up what the runs have added up, and the records that no run has. A run that is only partly asked for gives its whole
 * minutes; the records of the minutes at the ends are read. One use.
 */
final class SumQuery {
    /** For so many sums more at a time whoever asks has to have room. */
    private static final int ROOM = 256;

    private final Records records;
    private final Schema schema;
    private final int code;
    private final long firstOwner;
    private final long lastOwner;
    private final long minutes;
    private final int most;
    private final IntConsumer room;
    private final SortedMap<Key, long[]> sums = new TreeMap<>();
    private final MemorySegment entry = MemorySegment.ofArray(new long[RunFormat.SUM_BYTES / 8]);
    private final MemorySegment record;

    private record Key(long minute, long owner) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = Long.compare(minute, other.minute);
            return order != 0 ? order : Long.compareUnsigned(owner, other.owner);
        }
    }

    SumQuery(Records records, Schema schema, int ledger, int code, long minutes, int most, IntConsumer room) {
        if (!schema.sums()) {
            throw new IllegalArgumentException("sums are not kept of these records");
        }
        if (minutes < 1) {
            throw new IllegalArgumentException("sums of " + minutes + " minutes, expected at least 1");
        }
        this.records = records;
        this.schema = schema;
        this.code = code;
        this.minutes = minutes;
        this.most = most;
        this.room = room;
        int lastLedger = ledger == 0 ? -1 : ledger;
        firstOwner = AmountSums.owner(ledger, ledger == 0 ? 0 : code, 0);
        lastOwner = AmountSums.owner(lastLedger, ledger == 0 || code == 0 ? 0xffff : code, Schema.KIND_FLAGS);
        record = MemorySegment.ofArray(new byte[schema.recordBytes()]);
    }

    List<AmountSum> run(long fromSlot, long toSlot) {
        View view = records.acquireView();
        try {
            for (Run run : view.runs()) {
                long from = Math.max(run.from(), fromSlot);
                long to = Math.min(run.to(), toSlot);
                if (from < to) {
                    addRun(run, from, to);
                }
            }
            addRecords(Math.max(view.to(), fromSlot), toSlot);
        } finally {
            view.release();
        }
        return list();
    }

    private void addRun(Run run, long from, long to) {
        long first = minute(from);
        long last = minute(to - 1);
        if (from > run.from() && minute(from - 1) == first) {
            first++;
        }
        if (to < run.to() && minute(to) == last) {
            last--;
        }
        if (first > last) {
            addRecords(from, to);
            return;
        }
        addRecords(from, records.lowerBound(first * AmountSums.MINUTE_NS, to));
        addMinutes(run, first, last);
        if (last < minute(to - 1)) {
            addRecords(records.lowerBound((last + 1) * AmountSums.MINUTE_NS, to), to);
        }
    }

    /** Adds the sums of a run from one minute to another, included, which lie in order of owner, then minute. */
    private void addMinutes(Run run, long first, long last) {
        Section section = run.section(RunFormat.SUMS);
        long at = run.lowerBound(section, first, firstOwner, entry);
        while (at < section.count()) {
            run.readEntry(section, at, entry);
            long minute = entry.get(Bytes.U64, 0);
            long owner = entry.get(Bytes.U64, 8);
            if (Long.compareUnsigned(owner, lastOwner) > 0) {
                return;
            }
            if (minute < first || minute > last) {
                at = run.lowerBound(section, first, minute < first ? owner : owner + 1, entry);
                continue;
            }
            add(
                    owner,
                    minute,
                    entry.get(Bytes.U64, 16),
                    entry.get(Bytes.U64, 24),
                    entry.get(Bytes.U64, 32),
                    entry.get(Bytes.U64, 40));
            at++;
        }
    }

    private void addRecords(long from, long to) {
        for (long slot = from; slot < to; slot++) {
            records.read(slot, record, 0);
            long owner = AmountSums.owner(
                    record.get(Bytes.U32, Schema.LEDGER_OFFSET),
                    Short.toUnsignedInt(record.get(Bytes.U16, Schema.CODE_OFFSET)),
                    record.get(Bytes.U16, Schema.FLAGS_OFFSET));
            if (Long.compareUnsigned(owner, firstOwner) >= 0 && Long.compareUnsigned(owner, lastOwner) <= 0) {
                add(
                        owner,
                        AmountSums.minute(record.get(Bytes.U64, schema.timestampOffset())),
                        1,
                        record.get(Bytes.U64, Schema.AMOUNT_OFFSET),
                        record.get(Bytes.U64, Schema.AMOUNT_OFFSET + 8),
                        0);
            }
        }
    }

    private long minute(long slot) {
        records.read(slot, schema.timestampOffset(), 8, record, 0);
        return AmountSums.minute(record.get(Bytes.U64, 0));
    }

    private void add(long owner, long minute, long count, long low, long high, long top) {
        if (code != 0 && code(owner) != code) {
            return;
        }
        Key key = new Key(minute - minute % minutes, owner);
        long[] sum = sums.get(key);
        if (sum == null) {
            if (sums.size() == most) {
                throw new IllegalArgumentException("more than " + most
                        + " sums: ask for a shorter time, one ledger or code, or more minutes in each");
            }
            if (sums.size() % ROOM == 0) {
                room.accept(ROOM);
            }
            sum = new long[AmountSums.LONGS];
            sums.put(key, sum);
        }
        AmountSums.add(sum, 0, count, low, high, top);
    }

    private static int code(long owner) {
        return (int) (owner >>> 16) & 0xffff;
    }

    private List<AmountSum> list() {
        List<AmountSum> list = new ArrayList<>(sums.size());
        sums.forEach((key, sum) -> {
            BigInteger amount = BigInteger.ZERO;
            for (int i = AmountSums.LONGS - 1; i > 0; i--) {
                BigInteger digit = new BigInteger(Long.toUnsignedString(sum[i]));
                amount = amount.shiftLeft(64).add(digit);
            }
            long owner = key.owner();
            list.add(new AmountSum(
                    (int) (owner >>> 32), code(owner), (int) owner & 0xffff, key.minute(), sum[0], amount));
        });
        return list;
    }
}
