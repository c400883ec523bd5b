package io.thalweg.ledger;

import static io.thalweg.ledger.layout.AccountLayout.CREDITS_PENDING;
import static io.thalweg.ledger.layout.AccountLayout.CREDITS_POSTED;
import static io.thalweg.ledger.layout.AccountLayout.DEBITS_PENDING;
import static io.thalweg.ledger.layout.AccountLayout.DEBITS_POSTED;
import static io.thalweg.ledger.layout.AccountLayout.FLAGS;
import static io.thalweg.ledger.layout.AccountLayout.FLAG_CLOSED;
import static io.thalweg.ledger.layout.AccountLayout.FLAG_CREDITS_MUST_NOT_EXCEED_DEBITS;
import static io.thalweg.ledger.layout.AccountLayout.FLAG_DEBITS_MUST_NOT_EXCEED_CREDITS;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.EventLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.layout.U128;
import io.thalweg.ledger.store.Records;
import java.lang.foreign.MemorySegment;

/**
 * What may be booked between two accounts, and the booking itself. Sums of 128 bits; the result of {@link #balance} stays in the
 * object until the next call, so that nothing is allocated. Apply thread only.
 */
final class Balances {
    /** Both accounts', which follow each other in a record. */
    private static final int BALANCE_WORDS = 2 * EventLayout.BALANCES_BYTES / 8;

    private static final int ALL_MAX = 64;
    private static final int STEP_OF_MANY = 16;

    private long low;
    private long high;

    /** The result of {@link #balance}. */
    long low() {
        return low;
    }

    long high() {
        return high;
    }

    /** At most {@code amount}, and no more than brings the accounts that are to be balanced to zero. */
    void balance(long amountLow, long amountHigh, int flags, MemorySegment dr, long drAt, MemorySegment cr, long crAt) {
        low = amountLow;
        high = amountHigh;
        if ((flags & TransferLayout.FLAG_BALANCING_DEBIT) != 0) {
            atMostDifference(dr, drAt + CREDITS_POSTED, drAt + DEBITS_POSTED, drAt + DEBITS_PENDING);
        }
        if ((flags & TransferLayout.FLAG_BALANCING_CREDIT) != 0) {
            atMostDifference(cr, crAt + DEBITS_POSTED, crAt + CREDITS_POSTED, crAt + CREDITS_PENDING);
        }
    }

    /** min(result, a - (b + c)), or 0 when that is negative. */
    private void atMostDifference(MemorySegment account, long a, long b, long c) {
        long aLow = Bytes.u64(account, a);
        long aHigh = Bytes.u64(account, a + 8);
        long bLow = Bytes.u64(account, b);
        long bHigh = Bytes.u64(account, b + 8);
        long cLow = Bytes.u64(account, c);
        long cHigh = Bytes.u64(account, c + 8);
        long sumLow = bLow + cLow;
        long sumHigh = U128.addHigh(bLow, bHigh, cLow, cHigh);
        long restLow = 0;
        long restHigh = 0;
        if (U128.compare(sumLow, sumHigh, aLow, aHigh) < 0) {
            restLow = aLow - sumLow;
            restHigh = U128.subtractHigh(aLow, aHigh, sumLow, sumHigh);
        }
        if (U128.compare(restLow, restHigh, low, high) < 0) {
            low = restLow;
            high = restHigh;
        }
    }

    /** The first limit that an amount would break, {@code CREATED} when none. */
    CreateTransferStatus limit(
            long amountLow,
            long amountHigh,
            boolean pending,
            long timestamp,
            int timeout,
            MemorySegment dr,
            long drAt,
            MemorySegment cr,
            long crAt) {
        long drPendingLow = Bytes.u64(dr, drAt + DEBITS_PENDING);
        long drPendingHigh = Bytes.u64(dr, drAt + DEBITS_PENDING + 8);
        long drPostedLow = Bytes.u64(dr, drAt + DEBITS_POSTED);
        long drPostedHigh = Bytes.u64(dr, drAt + DEBITS_POSTED + 8);
        long crPendingLow = Bytes.u64(cr, crAt + CREDITS_PENDING);
        long crPendingHigh = Bytes.u64(cr, crAt + CREDITS_PENDING + 8);
        long crPostedLow = Bytes.u64(cr, crAt + CREDITS_POSTED);
        long crPostedHigh = Bytes.u64(cr, crAt + CREDITS_POSTED + 8);
        if (pending) {
            if (U128.addOverflows(drPendingLow, drPendingHigh, amountLow, amountHigh)) {
                return CreateTransferStatus.OVERFLOWS_DEBITS_PENDING;
            }
            if (U128.addOverflows(crPendingLow, crPendingHigh, amountLow, amountHigh)) {
                return CreateTransferStatus.OVERFLOWS_CREDITS_PENDING;
            }
        }
        if (U128.addOverflows(drPostedLow, drPostedHigh, amountLow, amountHigh)) {
            return CreateTransferStatus.OVERFLOWS_DEBITS_POSTED;
        }
        if (U128.addOverflows(crPostedLow, crPostedHigh, amountLow, amountHigh)) {
            return CreateTransferStatus.OVERFLOWS_CREDITS_POSTED;
        }
        long debitsLow = drPendingLow + drPostedLow;
        long debitsHigh = U128.addHigh(drPendingLow, drPendingHigh, drPostedLow, drPostedHigh);
        if (U128.addOverflows(debitsLow, debitsHigh, amountLow, amountHigh)) {
            return CreateTransferStatus.OVERFLOWS_DEBITS;
        }
        long creditsLow = crPendingLow + crPostedLow;
        long creditsHigh = U128.addHigh(crPendingLow, crPendingHigh, crPostedLow, crPostedHigh);
        if (U128.addOverflows(creditsLow, creditsHigh, amountLow, amountHigh)) {
            return CreateTransferStatus.OVERFLOWS_CREDITS;
        }
        if (Expiries.expiresAt(timestamp, timeout) < 0) {
            return CreateTransferStatus.OVERFLOWS_TIMEOUT;
        }
        if ((Bytes.u16(dr, drAt + FLAGS) & FLAG_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0
                && U128.compare(
                                debitsLow + amountLow,
                                U128.addHigh(debitsLow, debitsHigh, amountLow, amountHigh),
                                Bytes.u64(dr, drAt + CREDITS_POSTED),
                                Bytes.u64(dr, drAt + CREDITS_POSTED + 8))
                        > 0) {
            return CreateTransferStatus.EXCEEDS_CREDITS;
        }
        if ((Bytes.u16(cr, crAt + FLAGS) & FLAG_CREDITS_MUST_NOT_EXCEED_DEBITS) != 0
                && U128.compare(
                                creditsLow + amountLow,
                                U128.addHigh(creditsLow, creditsHigh, amountLow, amountHigh),
                                Bytes.u64(cr, crAt + DEBITS_POSTED),
                                Bytes.u64(cr, crAt + DEBITS_POSTED + 8))
                        > 0) {
            return CreateTransferStatus.EXCEEDS_DEBITS;
        }
        return CreateTransferStatus.CREATED;
    }

    static void add(MemorySegment account, long balance, long amountLow, long amountHigh) {
        long balanceLow = Bytes.u64(account, balance);
        long balanceHigh = Bytes.u64(account, balance + 8);
        Bytes.u128(
                account, balance, balanceLow + amountLow, U128.addHigh(balanceLow, balanceHigh, amountLow, amountHigh));
    }

    static void subtract(MemorySegment account, long balance, long amountLow, long amountHigh) {
        long balanceLow = Bytes.u64(account, balance);
        long balanceHigh = Bytes.u64(account, balance + 8);
        Bytes.u128(
                account,
                balance,
                balanceLow - amountLow,
                U128.subtractHigh(balanceLow, balanceHigh, amountLow, amountHigh));
    }

    static void close(MemorySegment account, long at) {
        Bytes.u16(account, at + FLAGS, Bytes.u16(account, at + FLAGS) | FLAG_CLOSED);
    }

    /** Opens the accounts that a pending transfer with these flags had closed. */
    static void reopen(int pendingFlags, MemorySegment dr, long drAt, MemorySegment cr, long crAt) {
        if ((pendingFlags & TransferLayout.FLAG_CLOSING_DEBIT) != 0) {
            Bytes.u16(dr, drAt + FLAGS, Bytes.u16(dr, drAt + FLAGS) & ~FLAG_CLOSED);
        }
        if ((pendingFlags & TransferLayout.FLAG_CLOSING_CREDIT) != 0) {
            Bytes.u16(cr, crAt + FLAGS, Bytes.u16(cr, crAt + FLAGS) & ~FLAG_CLOSED);
        }
    }

    /**
     * A number of the balances in the records from {@code slot} on, which are in memory: in all of few, and in each sixteenth of many, for reading all of
     * a full batch again would take a tenth of its time.
     */
    static long digest(Records records, long slot) {
        long digest = 0;
        int step = records.count() - slot <= ALL_MAX ? 1 : STEP_OF_MANY;
        for (long each = slot; each < records.count(); each += step) {
            MemorySegment record = records.memory(each);
            long at = records.offset(each) + EventLayout.DEBIT_ACCOUNT_BALANCES;
            long mixed = 0;
            for (int word = 0; word < BALANCE_WORDS; word++) {
                mixed ^= Long.rotateLeft(Bytes.u64(record, at + 8L * word), 5 * word);
            }
            digest = (digest ^ mixed) * 0x9E3779B97F4A7C15L;
        }
        return digest;
    }

    /** Keeps both accounts' balances in an event's record. */
    static void note(MemorySegment record, long at, MemorySegment dr, long drAt, MemorySegment cr, long crAt) {
        MemorySegment.copy(
                dr, drAt + DEBITS_PENDING, record, at + EventLayout.DEBIT_ACCOUNT_BALANCES, EventLayout.BALANCES_BYTES);
        MemorySegment.copy(
                cr,
                crAt + DEBITS_PENDING,
                record,
                at + EventLayout.CREDIT_ACCOUNT_BALANCES,
                EventLayout.BALANCES_BYTES);
    }
}
