package io.thalweg.client;

import java.nio.ByteBuffer;

/**
 * A transfer, as it is to be booked or as it was.
 *
 * @param amount what is moved; {@link U128#MAX} for as much as possible
 * @param pendingId the transfer that this posts or voids; 0 for none
 * @param timeout seconds until a pending transfer expires; 0 for never
 * @param ledger that of both accounts; u32
 * @param code why; u16, not 0
 * @param flags of {@link TransferFlags}
 * @param timestamp nanoseconds since 1970, unique in the ledger; 0 when booking, but for an import
 */
public record Transfer(
        U128 id,
        U128 debitAccountId,
        U128 creditAccountId,
        U128 amount,
        U128 pendingId,
        U128 userData128,
        long userData64,
        int userData32,
        int timeout,
        int ledger,
        int code,
        int flags,
        long timestamp) {
    static final int BYTES = 128;

    /** A transfer to be booked at once. */
    public static Transfer of(U128 id, U128 debitAccountId, U128 creditAccountId, U128 amount, int ledger, int code) {
        return new Transfer(
                id, debitAccountId, creditAccountId, amount, U128.ZERO, U128.ZERO, 0, 0, 0, ledger, code, 0, 0);
    }

    /** Posts a pending transfer; with {@link U128#MAX} all of it. */
    public static Transfer post(U128 id, U128 pendingId, U128 amount) {
        return new Transfer(
                id,
                U128.ZERO,
                U128.ZERO,
                amount,
                pendingId,
                U128.ZERO,
                0,
                0,
                0,
                0,
                0,
                TransferFlags.POST_PENDING_TRANSFER,
                0);
    }

    /** Voids a pending transfer. */
    public static Transfer cancel(U128 id, U128 pendingId) {
        return new Transfer(
                id,
                U128.ZERO,
                U128.ZERO,
                U128.ZERO,
                pendingId,
                U128.ZERO,
                0,
                0,
                0,
                0,
                0,
                TransferFlags.VOID_PENDING_TRANSFER,
                0);
    }

    /** The same, reserved only; expires after so many seconds, or never with 0. */
    public Transfer pending(int timeoutSeconds) {
        return with(flags | TransferFlags.PENDING, timeoutSeconds, userData128, userData64, userData32, timestamp);
    }

    /** The same with these flags instead. */
    public Transfer withFlags(int newFlags) {
        return with(newFlags, timeout, userData128, userData64, userData32, timestamp);
    }

    /** The same with data of the user's own, of which the ledger knows nothing. */
    public Transfer withUserData(U128 wide, long middle, int small) {
        return with(flags, timeout, wide, middle, small, timestamp);
    }

    /** The same with the timestamp of an import. */
    public Transfer importedAt(long timestampNs) {
        return with(flags | TransferFlags.IMPORTED, timeout, userData128, userData64, userData32, timestampNs);
    }

    private Transfer with(int newFlags, int newTimeout, U128 wide, long middle, int small, long newTimestamp) {
        return new Transfer(
                id,
                debitAccountId,
                creditAccountId,
                amount,
                pendingId,
                wide,
                middle,
                small,
                newTimeout,
                ledger,
                code,
                newFlags,
                newTimestamp);
    }

    void put(ByteBuffer out) {
        Wire.put(out, id);
        Wire.put(out, debitAccountId);
        Wire.put(out, creditAccountId);
        Wire.put(out, amount);
        Wire.put(out, pendingId);
        Wire.put(out, userData128);
        out.putLong(userData64).putInt(userData32).putInt(timeout).putInt(ledger);
        out.putShort((short) code).putShort((short) flags).putLong(timestamp);
    }

    static Transfer get(ByteBuffer in) {
        return new Transfer(
                Wire.get(in),
                Wire.get(in),
                Wire.get(in),
                Wire.get(in),
                Wire.get(in),
                Wire.get(in),
                in.getLong(),
                in.getInt(),
                in.getInt(),
                in.getInt(),
                Short.toUnsignedInt(in.getShort()),
                Short.toUnsignedInt(in.getShort()),
                in.getLong());
    }
}
