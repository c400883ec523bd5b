package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.nio.ByteBuffer;

/** What a reader of change events sees: the fields of their 384 bytes. */
record ChangeRow(
        long timestamp,
        int type,
        BigInteger transferId,
        long transferTimestamp,
        BigInteger amount,
        BigInteger pendingId,
        BigInteger userData128,
        long userData64,
        int userData32,
        int timeout,
        int code,
        int flags,
        int ledger,
        Side debit,
        Side credit) {
    static final int BYTES = 384;

    /** One of the two accounts, after the change. */
    record Side(
            BigInteger id,
            BigInteger debitsPending,
            BigInteger debitsPosted,
            BigInteger creditsPending,
            BigInteger creditsPosted,
            BigInteger userData128,
            long userData64,
            int userData32,
            int code,
            int flags,
            long timestamp) {
        private static Side get(ByteBuffer from, int at, int timestampAt) {
            return new Side(
                    U128.get(from, at),
                    U128.get(from, at + 16),
                    U128.get(from, at + 32),
                    U128.get(from, at + 48),
                    U128.get(from, at + 64),
                    U128.get(from, at + 80),
                    from.getLong(at + 96),
                    from.getInt(at + 104),
                    Short.toUnsignedInt(from.getShort(at + 108)),
                    Short.toUnsignedInt(from.getShort(at + 110)),
                    from.getLong(timestampAt));
        }

        private static Side of(Account a) {
            return new Side(
                    a.id(),
                    a.debitsPending(),
                    a.debitsPosted(),
                    a.creditsPending(),
                    a.creditsPosted(),
                    a.userData128(),
                    a.userData64(),
                    (int) a.userData32(),
                    a.code(),
                    a.flags(),
                    a.timestamp());
        }
    }

    static ChangeRow get(ByteBuffer from, int at) {
        for (int i = 89; i < 128; i++) {
            if (from.get(at + i) != 0) {
                throw new AssertionError("byte " + i + " of a change event is reserved, but is " + from.get(at + i));
            }
        }
        return new ChangeRow(
                from.getLong(at + 352),
                from.get(at + 88),
                U128.get(from, at),
                from.getLong(at + 360),
                U128.get(from, at + 16),
                U128.get(from, at + 32),
                U128.get(from, at + 48),
                from.getLong(at + 64),
                from.getInt(at + 72),
                from.getInt(at + 76),
                Short.toUnsignedInt(from.getShort(at + 80)),
                Short.toUnsignedInt(from.getShort(at + 82)),
                from.getInt(at + 84),
                Side.get(from, at + 128, at + 368),
                Side.get(from, at + 240, at + 376));
    }

    static ChangeRow of(ChangeEvent event) {
        Transfer t = event.transfer();
        return new ChangeRow(
                event.timestamp(),
                event.kind().number,
                t.id(),
                t.timestamp(),
                t.amount(),
                t.pendingId(),
                t.userData128(),
                t.userData64(),
                (int) t.userData32(),
                (int) t.timeout(),
                t.code(),
                t.flags(),
                (int) t.ledger(),
                Side.of(event.debit()),
                Side.of(event.credit()));
    }
}
