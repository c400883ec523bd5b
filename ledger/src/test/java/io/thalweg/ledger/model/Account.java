package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** An account, as asked for or as stored. Numbers of 32 and 16 bits are never negative; the others are raw bits. */
public record Account(
        BigInteger id,
        BigInteger debitsPending,
        BigInteger debitsPosted,
        BigInteger creditsPending,
        BigInteger creditsPosted,
        BigInteger userData128,
        long userData64,
        long userData32,
        long reserved,
        long ledger,
        int code,
        int flags,
        long timestamp) {
    public static final int BYTES = 128;
    public static final int LINKED = 1;
    public static final int DEBITS_MUST_NOT_EXCEED_CREDITS = 2;
    public static final int CREDITS_MUST_NOT_EXCEED_DEBITS = 4;
    public static final int HISTORY = 8;
    public static final int IMPORTED = 16;
    public static final int CLOSED = 32;
    public static final int ALL_FLAGS = 63;

    public static Account of(long id, long ledger, int code) {
        return new Account(
                U128.of(id), U128.ZERO, U128.ZERO, U128.ZERO, U128.ZERO, U128.ZERO, 0, 0, 0, ledger, code, 0, 0);
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    public Account with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.account();
    }

    public void put(ByteBuffer to, int at) {
        U128.put(to, at, id);
        U128.put(to, at + 16, debitsPending);
        U128.put(to, at + 32, debitsPosted);
        U128.put(to, at + 48, creditsPending);
        U128.put(to, at + 64, creditsPosted);
        U128.put(to, at + 80, userData128);
        to.putLong(at + 96, userData64);
        to.putInt(at + 104, (int) userData32);
        to.putInt(at + 108, (int) reserved);
        to.putInt(at + 112, (int) ledger);
        to.putShort(at + 116, (short) code);
        to.putShort(at + 118, (short) flags);
        to.putLong(at + 120, timestamp);
    }

    public static Account get(ByteBuffer from, int at) {
        return new Account(
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
        public BigInteger debitsPending;
        public BigInteger debitsPosted;
        public BigInteger creditsPending;
        public BigInteger creditsPosted;
        public BigInteger userData128;
        public long userData64;
        public long userData32;
        public long reserved;
        public long ledger;
        public int code;
        public int flags;
        public long timestamp;

        public Draft(Account from) {
            id = from.id;
            debitsPending = from.debitsPending;
            debitsPosted = from.debitsPosted;
            creditsPending = from.creditsPending;
            creditsPosted = from.creditsPosted;
            userData128 = from.userData128;
            userData64 = from.userData64;
            userData32 = from.userData32;
            reserved = from.reserved;
            ledger = from.ledger;
            code = from.code;
            flags = from.flags;
            timestamp = from.timestamp;
        }

        public void set(int flag, boolean on) {
            flags = on ? flags | flag : flags & ~flag;
        }

        public Account account() {
            return new Account(
                    id,
                    debitsPending,
                    debitsPosted,
                    creditsPending,
                    creditsPosted,
                    userData128,
                    userData64,
                    userData32,
                    reserved,
                    ledger,
                    code,
                    flags,
                    timestamp);
        }
    }
}
