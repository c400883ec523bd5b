package io.thalweg.client;

import java.nio.ByteBuffer;

/**
 * An account, as it is created or as it was found. Balances and timestamp are the ledger's to say: 0 when creating, but for the
 * timestamp of an import.
 *
 * @param ledger the unit of what is booked, such as a currency; u32, not 0
 * @param code what kind of account it is; u16, not 0
 * @param flags of {@link AccountFlags}
 * @param timestamp nanoseconds since 1970, unique in the ledger
 */
public record Account(
        U128 id,
        U128 debitsPending,
        U128 debitsPosted,
        U128 creditsPending,
        U128 creditsPosted,
        U128 userData128,
        long userData64,
        int userData32,
        int ledger,
        int code,
        int flags,
        long timestamp) {
    static final int BYTES = 128;

    /** An account to be created. */
    public static Account of(U128 id, int ledger, int code, int flags) {
        return new Account(id, U128.ZERO, U128.ZERO, U128.ZERO, U128.ZERO, U128.ZERO, 0, 0, ledger, code, flags, 0);
    }

    /** The same with data of the user's own, of which the ledger knows nothing. */
    public Account withUserData(U128 wide, long middle, int small) {
        return new Account(
                id,
                debitsPending,
                debitsPosted,
                creditsPending,
                creditsPosted,
                wide,
                middle,
                small,
                ledger,
                code,
                flags,
                timestamp);
    }

    /** The same with the timestamp of an import. */
    public Account importedAt(long timestampNs) {
        return new Account(
                id,
                debitsPending,
                debitsPosted,
                creditsPending,
                creditsPosted,
                userData128,
                userData64,
                userData32,
                ledger,
                code,
                flags | AccountFlags.IMPORTED,
                timestampNs);
    }

    void put(ByteBuffer out) {
        Wire.put(out, id);
        Wire.put(out, debitsPending);
        Wire.put(out, debitsPosted);
        Wire.put(out, creditsPending);
        Wire.put(out, creditsPosted);
        Wire.put(out, userData128);
        out.putLong(userData64).putInt(userData32).putInt(0).putInt(ledger);
        out.putShort((short) code).putShort((short) flags).putLong(timestamp);
    }

    static Account get(ByteBuffer in) {
        U128 id = Wire.get(in);
        U128 debitsPending = Wire.get(in);
        U128 debitsPosted = Wire.get(in);
        U128 creditsPending = Wire.get(in);
        U128 creditsPosted = Wire.get(in);
        U128 userData128 = Wire.get(in);
        long userData64 = in.getLong();
        int userData32 = in.getInt();
        in.getInt();
        return new Account(
                id,
                debitsPending,
                debitsPosted,
                creditsPending,
                creditsPosted,
                userData128,
                userData64,
                userData32,
                in.getInt(),
                Short.toUnsignedInt(in.getShort()),
                Short.toUnsignedInt(in.getShort()),
                in.getLong());
    }
}
