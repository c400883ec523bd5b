package io.thalweg.ledger.model;

import io.thalweg.model.BinaryWriter;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The digest that an engine with the model's content has: {@code Ledger.digest} without a ledger. */
final class ModelDigest {
    private static final int RECORD_BYTES = 256;

    private ModelDigest() {}

    static byte[] of(State state) {
        MessageDigest sha = sha256();
        Map<BigInteger, Long> slots = new HashMap<>();
        TreeMap<Long, Long> expiring = new TreeMap<>();
        for (Transfer t : state.transfers()) {
            slots.put(t.id(), (long) slots.size());
            if (t.timeout() != 0 && state.pendingStatus(t.id()) == State.PendingStatus.PENDING) {
                expiring.merge(t.expiresAt() / Stage.SECOND, 1L, Long::sum);
            }
        }
        long orphans = 0;
        for (BigInteger orphan : state.orphans()) {
            orphans += hash(orphan.longValue(), orphan.shiftRight(64).longValue());
        }
        BinaryWriter numbers = new BinaryWriter()
                .i64(state.accounts().size())
                .i64(state.transfers().size())
                .i64(state.events().size() - state.transfers().size())
                .i64(orphans)
                .i32(expiring.size());
        expiring.forEach((second, count) -> numbers.i64(second).i64(count));
        sha.update(numbers.toByteBuffer());
        for (Account account : state.accounts()) {
            ByteBuffer row = row(Account.BYTES);
            account.put(row, 0);
            sha.update(row);
        }
        for (ChangeEvent event : state.events()) {
            if (event.kind() != ChangeEvent.Kind.EXPIRED) {
                sha.update(record(event, event.transfer()));
                State.PendingStatus status =
                        state.pendingStatus(event.transfer().id());
                sha.update(
                        switch (status) {
                            case POSTED -> (byte) 1;
                            case VOIDED -> (byte) 2;
                            case EXPIRED -> (byte) 3;
                            case PENDING -> (byte) 0;
                            case null -> (byte) 0;
                        });
            }
        }
        long booked = 0;
        for (ChangeEvent event : state.events()) {
            if (event.kind() == ChangeEvent.Kind.EXPIRED) {
                BigInteger pendingId =
                        U128.of(booked, slots.getOrDefault(event.transfer().id(), -1L));
                sha.update(record(event, event.transfer().with(it -> {
                    it.pendingId = pendingId;
                    it.timestamp = event.timestamp();
                })));
            } else {
                booked++;
            }
        }
        return sha.digest();
    }

    /** The engine's hash of ids, whose sum over those that failed for ever is in its digest. */
    private static long hash(long low, long high) {
        long h = (low * 0x9E3779B97F4A7C15L) ^ Long.rotateLeft(high * 0xC2B2AE3D27D4EB4FL, 31);
        h = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
        h = (h ^ (h >>> 29)) * 0x94D049BB133111EBL;
        return h ^ (h >>> 32);
    }

    private static ByteBuffer record(ChangeEvent event, Transfer transfer) {
        ByteBuffer row = row(RECORD_BYTES);
        transfer.put(row, 0);
        balances(row, 128, event.debit());
        balances(row, 192, event.credit());
        return row;
    }

    private static void balances(ByteBuffer row, int at, Account account) {
        U128.put(row, at, account.debitsPending());
        U128.put(row, at + 16, account.debitsPosted());
        U128.put(row, at + 32, account.creditsPending());
        U128.put(row, at + 48, account.creditsPosted());
    }

    private static ByteBuffer row(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
