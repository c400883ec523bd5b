package io.thalweg.ledger.store;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.schema.Field;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** A record as a test knows it: the fields that are indexed and some that are not. */
record Example(
        long idLow,
        long idHigh,
        long debit,
        long credit,
        long creditHigh,
        long amountLow,
        long amountHigh,
        long pending,
        long user128,
        long user64,
        int user32,
        int timeout,
        int ledger,
        int code,
        int flags,
        long timestamp,
        long balance) {

    static Example random(RandomGenerator random, long idLow, long idHigh, long timestamp) {
        boolean pending = random.nextInt(4) == 0;
        return new Example(
                idLow,
                idHigh,
                random.nextInt(20),
                random.nextInt(5),
                random.nextInt(3) == 0 ? -1 : 0,
                random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(1000),
                random.nextInt(5) == 0 ? random.nextLong() : 0,
                random.nextInt(3) == 0 ? random.nextInt(100) : 0,
                random.nextInt(2) == 0 ? random.nextLong() : 0,
                random.nextInt(3) == 0 ? random.nextInt(10) : 0,
                random.nextInt(10) == 0 ? -random.nextInt(3) : 0,
                pending && random.nextBoolean() ? random.nextInt(100) : 0,
                1 + random.nextInt(2),
                random.nextInt(8) == 0 ? 0xfffe : 1 + random.nextInt(3),
                (pending ? 2 : random.nextInt(2))
                        | (random.nextInt(9) == 0 ? 64 : 0)
                        | (random.nextInt(9) == 0 ? 128 : 0),
                timestamp,
                random.nextLong());
    }

    void write(MemorySegment memory, long at) {
        memory.asSlice(at, 256).fill((byte) 0);
        memory.set(Bytes.U64, at, idLow);
        memory.set(Bytes.U64, at + 8, idHigh);
        memory.set(Bytes.U64, at + 16, debit);
        memory.set(Bytes.U64, at + 32, credit);
        memory.set(Bytes.U64, at + 40, creditHigh);
        memory.set(Bytes.U64, at + 48, amountLow);
        memory.set(Bytes.U64, at + 56, amountHigh);
        memory.set(Bytes.U64, at + 64, pending);
        memory.set(Bytes.U64, at + 88, user128);
        memory.set(Bytes.U64, at + 96, user64);
        memory.set(Bytes.U32, at + 104, user32);
        memory.set(Bytes.U32, at + 108, timeout);
        memory.set(Bytes.U32, at + 112, ledger);
        memory.set(Bytes.U16, at + 116, (short) code);
        memory.set(Bytes.U16, at + 118, (short) flags);
        memory.set(Bytes.U64, at + 120, timestamp);
        memory.set(Bytes.U64, at + 248, balance);
    }

    static Example read(MemorySegment memory, long at) {
        return new Example(
                memory.get(Bytes.U64, at),
                memory.get(Bytes.U64, at + 8),
                memory.get(Bytes.U64, at + 16),
                memory.get(Bytes.U64, at + 32),
                memory.get(Bytes.U64, at + 40),
                memory.get(Bytes.U64, at + 48),
                memory.get(Bytes.U64, at + 56),
                memory.get(Bytes.U64, at + 64),
                memory.get(Bytes.U64, at + 88),
                memory.get(Bytes.U64, at + 96),
                memory.get(Bytes.U32, at + 104),
                memory.get(Bytes.U32, at + 108),
                memory.get(Bytes.U32, at + 112),
                memory.get(Bytes.U16, at + 116) & 0xffff,
                memory.get(Bytes.U16, at + 118) & 0xffff,
                memory.get(Bytes.U64, at + 120),
                memory.get(Bytes.U64, at + 248));
    }

    BigInteger amount() {
        return unsigned(amountHigh).shiftLeft(64).add(unsigned(amountLow));
    }

    private static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }

    /** Low and high half of the key in a field, or null if the record is not in that index. */
    long @org.jspecify.annotations.Nullable [] key(Field field) {
        long[] key = switch (field.name()) {
            case "debit_account_id" -> new long[] {debit, 0};
            case "credit_account_id" -> new long[] {credit, creditHigh};
            case "pending_id" -> new long[] {pending, 0};
            case "user_data_128" -> new long[] {0, user128};
            case "user_data_64" -> new long[] {user64, 0};
            case "user_data_32" -> new long[] {Integer.toUnsignedLong(user32), 0};
            case "ledger" -> new long[] {ledger, 0};
            case "code" -> new long[] {code, 0};
            case "amount" -> new long[] {slowBucket(), 0};
            case "pending_debit_account_id" -> (flags & 2) != 0 ? new long[] {debit, 0} : new long[] {};
            case "pending_credit_account_id" -> (flags & 2) != 0 ? new long[] {credit, creditHigh} : new long[] {};
            case "pending_ledger" -> (flags & 2) != 0 ? new long[] {ledger, 0} : new long[] {};
            case "closing_debit_account_id" -> (flags & 64) != 0 ? new long[] {debit, 0} : new long[] {};
            case "closing_credit_account_id" -> (flags & 128) != 0 ? new long[] {credit, creditHigh} : new long[] {};
            case "expires" ->
                (flags & 2) != 0 && timeout != 0 ? new long[] {timestamp / 1_000_000_000L + timeout, 0} : new long[] {};
            default -> throw new IllegalArgumentException(field.name());
        };
        boolean optional = field.name().startsWith("user_data") || field.name().equals("pending_id");
        return key.length == 0 || (optional && key[0] == 0 && key[1] == 0) ? null : key;
    }

    private long slowBucket() {
        BigInteger amount = amount();
        if (amount.bitLength() <= 4) {
            return amount.longValue();
        }
        int shift = amount.bitLength() - 5;
        return 16L * (amount.bitLength() - 4) + amount.shiftRight(shift).intValue() % 16;
    }

    /** What {@link Records#sums} should say of these records. */
    static List<AmountSum> sums(List<Example> records, int ledger, int code, long minutes) {
        TreeMap<List<Long>, AmountSum> sums = new TreeMap<>(Comparator.comparing((List<Long> key) -> key.get(0))
                .thenComparing(key -> key.get(1))
                .thenComparing(key -> key.get(2))
                .thenComparing(key -> key.get(3)));
        for (Example record : records) {
            long minute = record.timestamp / 60_000_000_000L / minutes * minutes;
            int kind = record.flags & 14;
            if ((ledger == 0 || record.ledger == ledger) && (code == 0 || record.code == code)) {
                sums.merge(
                        List.of(minute, (long) record.ledger, (long) record.code, (long) kind),
                        new AmountSum(record.ledger, record.code, kind, minute, 1, record.amount()),
                        (a, b) -> new AmountSum(
                                a.ledger(),
                                a.code(),
                                a.kind(),
                                minute,
                                a.count() + 1,
                                a.amount().add(b.amount())));
            }
        }
        return List.copyOf(sums.values());
    }
}
