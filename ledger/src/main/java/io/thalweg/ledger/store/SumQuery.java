package io.thalweg.ledger.store;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Adds up what the runs have added up, and the records that no run has. One use. */
final class SumQuery {
    private final Records records;
    private final Schema schema;
    private final RecordMemory memory;
    private final long firstOwner;
    private final long lastOwner;
    private final long fromMinute;
    private final long toMinute;

    private record Key(long owner, long minute) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = Long.compareUnsigned(owner, other.owner);
            return order != 0 ? order : Long.compare(minute, other.minute);
        }
    }

    SumQuery(
            Records records, Schema schema, RecordMemory memory, int ledger, int code, long fromMinute, long toMinute) {
        if (!schema.sums()) {
            throw new IllegalArgumentException("sums are not kept of these records");
        }
        this.records = records;
        this.schema = schema;
        this.memory = memory;
        this.firstOwner = AmountSums.owner(ledger, code);
        this.lastOwner = AmountSums.owner(ledger, code == 0 ? 0xffff : code);
        this.fromMinute = Math.max(0, fromMinute);
        this.toMinute = toMinute;
    }

    List<MinuteSum> run() {
        while (true) {
            View view = records.acquireView();
            try {
                List<MinuteSum> sums = run(view, records.published());
                if (sums != null) {
                    return sums;
                }
            } finally {
                view.release();
            }
        }
    }

    /** Null if the memory of a record was let go meanwhile. */
    private @Nullable List<MinuteSum> run(View view, long bound) {
        SortedMap<Key, long[]> sums = new TreeMap<>();
        MemorySegment entry = MemorySegment.ofArray(new long[RunFormat.SUM_BYTES / 8]);
        for (Run run : view.runs()) {
            Section section = run.section(RunFormat.SUMS);
            for (long at = run.lowerBound(section, fromMinute, firstOwner, entry); at < section.count(); at++) {
                run.readEntry(section, at, entry);
                long minute = entry.get(Field.U64, 0);
                long owner = entry.get(Field.U64, 8);
                if (Long.compareUnsigned(owner, lastOwner) > 0) {
                    break;
                }
                add(
                        sums,
                        owner,
                        minute,
                        entry.get(Field.U64, 16),
                        entry.get(Field.U64, 24),
                        entry.get(Field.U64, 32),
                        entry.get(Field.U64, 40));
            }
        }
        for (long slot = view.to(); slot < bound; slot++) {
            MemorySegment chunk = memory.sharedChunk(slot);
            long at = memory.offset(slot);
            long owner = AmountSums.owner(
                    chunk.get(Field.U32, at + Schema.LEDGER_OFFSET),
                    Short.toUnsignedInt(chunk.get(Field.U16, at + Schema.CODE_OFFSET)));
            if (Long.compareUnsigned(owner, firstOwner) >= 0 && Long.compareUnsigned(owner, lastOwner) <= 0) {
                long minute = AmountSums.minute(chunk.get(Field.U64, at + schema.timestampOffset()));
                long low = chunk.get(Field.U64, at + Schema.AMOUNT_OFFSET);
                long high = chunk.get(Field.U64, at + Schema.AMOUNT_OFFSET + 8);
                add(sums, owner, minute, 1, low, high, 0);
            }
        }
        return bound > view.to() && !memory.holds(view.to()) ? null : list(sums);
    }

    private void add(SortedMap<Key, long[]> sums, long owner, long minute, long count, long low, long high, long top) {
        if (minute >= fromMinute && minute <= toMinute) {
            long[] sum = sums.computeIfAbsent(new Key(owner, minute), _ -> new long[AmountSums.LONGS]);
            AmountSums.add(sum, 0, count, low, high, top);
        }
    }

    private static List<MinuteSum> list(SortedMap<Key, long[]> sums) {
        List<MinuteSum> list = new ArrayList<>(sums.size());
        sums.forEach((key, sum) -> {
            BigInteger amount = BigInteger.ZERO;
            for (int i = AmountSums.LONGS - 1; i > 0; i--) {
                BigInteger digit = new BigInteger(Long.toUnsignedString(sum[i]));
                amount = amount.shiftLeft(64).add(digit);
            }
            list.add(new MinuteSum(
                    (int) (key.owner() >>> 32), (int) key.owner() & 0xffff, key.minute(), sum[0], amount));
        });
        return list;
    }
}
