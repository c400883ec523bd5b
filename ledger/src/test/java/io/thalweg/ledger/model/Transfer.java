package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A transfer, as asked for or as stored. Numbers of 32 and 16 bits are never negative; the others are raw bits. */
public record Transfer(
        BigInteger id,
        BigInteger debitAccountId,
        BigInteger creditAccountId,
        BigInteger amount,
        BigInteger pendingId,
        BigInteger userData128,
        long userData64,
        long userData32,
        long timeout,
        long ledger,
        int code,
        int flags,
        long timestamp) {
    public static final int BYTES = 128;
    public static final int LINKED = 1;
    public static final int PENDING = 2;
    public static final int POST = 4;
    public static final int VOID = 8;
    public static final int BALANCING_DEBIT = 16;
    public static final int BALANCING_CREDIT = 32;
    public static final int CLOSING_DEBIT = 64;
    public static final int CLOSING_CREDIT = 128;
    public static final int IMPORTED = 256;
    public static final int ALL_FLAGS = 511;

    public static Transfer of(long id, long debit, long credit, long amount, long ledger, int code) {
        return new Transfer(
                U128.of(id),
                U128.of(debit),
                U128.of(credit),
                U128.of(amount),
                U128.ZERO,
                U128.ZERO,
                0,
                0,
                0,
                ledger,
                code,
                0,
                0);
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** When a pending transfer expires, in ns; {@link Long#MAX_VALUE} if never. */
    public long expiresAt() {
        return timeout == 0 ? Long.MAX_VALUE : timestamp + timeout * 1_000_000_000L;
    }

    public Transfer with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.transfer();
    }

    public void put(ByteBuffer to, int at) {
        U128.put(to, at, id);
        U128.put(to, at + 16, debitAccountId);
        U128.put(to, at + 32, creditAccountId);
        U128.put(to, at + 48, amount);
        U128.put(to, at + 64, pendingId);
        U128.put(to, at + 80, userData128);
        to.putLong(at + 96, userData64);
        to.putInt(at + 104, (int) userData32);
        to.putInt(at + 108, (int) timeout);
        to.putInt(at + 112, (int) ledger);
        to.putShort(at + 116, (short) code);
        to.putShort(at + 118, (short) flags);
        to.putLong(at + 120, timestamp);
    }

    public static Transfer get(ByteBuffer from, int at) {
        return new Transfer(
                U128.get(from, at),
                U128.get(from, at + 16),
                U128.get(from, at + 32),
                U128.get(from, at + 48),
                U128.get(from, at + 64),
                U128.get(from, at + 80),
                from.getLong(at + 96),
                Integer.toUnsignedLong(from.getInt(at + 104)),
                Integer.toUnsignedLong(from.getInt(at + 108)),
                Integer.toUnsignedLong(from.getInt(at + 112)),
                Short.toUnsignedInt(from.getShort(at + 116)),
                Short.toUnsignedInt(from.getShort(at + 118)),
                from.getLong(at + 120));
    }

    /** The same fields, to be changed one by one. */
    public static final class Draft {
        public BigInteger id;
        public BigInteger debitAccountId;
        public BigInteger creditAccountId;
        public BigInteger amount;
        public BigInteger pendingId;
        public BigInteger userData128;
        public long userData64;
        public long userData32;
        public long timeout;
        public long ledger;
        public int code;
        public int flags;
        public long timestamp;

        public Draft(Transfer from) {
            id = from.id;
            debitAccountId = from.debitAccountId;
            creditAccountId = from.creditAccountId;
            amount = from.amount;
            pendingId = from.pendingId;
            userData128 = from.userData128;
            userData64 = from.userData64;
            userData32 = from.userData32;
            timeout = from.timeout;
            ledger = from.ledger;
            code = from.code;
            flags = from.flags;
            timestamp = from.timestamp;
        }

        public void set(int flag, boolean on) {
            flags = on ? flags | flag : flags & ~flag;
        }

        public Transfer transfer() {
            return new Transfer(
                    id,
                    debitAccountId,
                    creditAccountId,
                    amount,
                    pendingId,
                    userData128,
                    userData64,
                    userData32,
                    timeout,
                    ledger,
                    code,
                    flags,
                    timestamp);
        }
    }
}
