package io.thalweg.ledger;

import static io.thalweg.ledger.layout.TransferLayout.AMOUNT;
import static io.thalweg.ledger.layout.TransferLayout.CODE;
import static io.thalweg.ledger.layout.TransferLayout.CREDIT_ACCOUNT_ID;
import static io.thalweg.ledger.layout.TransferLayout.DEBIT_ACCOUNT_ID;
import static io.thalweg.ledger.layout.TransferLayout.FLAGS;
import static io.thalweg.ledger.layout.TransferLayout.FLAG_BALANCING_CREDIT;
import static io.thalweg.ledger.layout.TransferLayout.FLAG_BALANCING_DEBIT;
import static io.thalweg.ledger.layout.TransferLayout.FLAG_CLOSING_CREDIT;
import static io.thalweg.ledger.layout.TransferLayout.FLAG_CLOSING_DEBIT;
import static io.thalweg.ledger.layout.TransferLayout.FLAG_IMPORTED;
import static io.thalweg.ledger.layout.TransferLayout.FLAG_PENDING;
import static io.thalweg.ledger.layout.TransferLayout.FLAG_POST_PENDING;
import static io.thalweg.ledger.layout.TransferLayout.FLAG_VOID_PENDING;
import static io.thalweg.ledger.layout.TransferLayout.ID;
import static io.thalweg.ledger.layout.TransferLayout.LEDGER;
import static io.thalweg.ledger.layout.TransferLayout.PENDING_ID;
import static io.thalweg.ledger.layout.TransferLayout.TIMEOUT;
import static io.thalweg.ledger.layout.TransferLayout.TIMESTAMP;
import static io.thalweg.ledger.layout.TransferLayout.USER_DATA_128;
import static io.thalweg.ledger.layout.TransferLayout.USER_DATA_32;
import static io.thalweg.ledger.layout.TransferLayout.USER_DATA_64;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.layout.U128;
import io.thalweg.ledger.store.Records;
import java.lang.foreign.MemorySegment;

/**
 * The checks and the effect of one transfer, in TigerBeetle's order of precedence: a transfer in one or two phases, and the second
 * phase of one that is pending. Apply thread only; nothing is allocated per transfer.
 */
final class TransferCreation implements Creation {
    private static final int POST_OR_VOID = FLAG_POST_PENDING | FLAG_VOID_PENDING;
    private static final int BALANCING = FLAG_BALANCING_DEBIT | FLAG_BALANCING_CREDIT;
    private static final int CLOSING = FLAG_CLOSING_DEBIT | FLAG_CLOSING_CREDIT;

    private final Accounts accounts;
    private final Records transfers;
    private final Records expired;
    private final PendingStatus status;
    private final Expiries expiries;
    private final Undo undo;
    private final Balances balances;
    private final RecordView existing;
    private final RecordView pending;

    // What the accounts of the events that were prepared may be; since a batch of transfers creates no accounts, that
    // holds until it ends.
    private final int[] debits = new int[Batch.PREPARED_EVENTS];
    private final int[] credits = new int[Batch.PREPARED_EVENTS];
    private long preparedAt;

    private long countBefore;
    private long objectTimestamp;
    private long orphans;

    /** @param expired the expiries that are booked, whose timestamps are taken */
    TransferCreation(
            Accounts accounts,
            Records transfers,
            Records expired,
            PendingStatus status,
            Expiries expiries,
            Undo undo,
            Balances balances) {
        this.accounts = accounts;
        this.transfers = transfers;
        this.expired = expired;
        this.status = status;
        this.expiries = expiries;
        this.undo = undo;
        this.balances = balances;
        existing = new RecordView(transfers);
        pending = new RecordView(transfers);
    }

    // --- as the batch sees it

    @Override
    public int flags(MemorySegment in, long at) {
        return Bytes.u16(in, at + FLAGS);
    }

    @Override
    public boolean isImported(int flags) {
        return (flags & FLAG_IMPORTED) != 0;
    }

    @Override
    public CreateStatus failure(Failure failure) {
        return switch (failure) {
            case CHAIN_OPEN -> CreateTransferStatus.LINKED_EVENT_CHAIN_OPEN;
            case LINKED -> CreateTransferStatus.LINKED_EVENT_FAILED;
            case IMPORTED_EXPECTED -> CreateTransferStatus.IMPORTED_EVENT_EXPECTED;
            case IMPORTED_NOT_EXPECTED -> CreateTransferStatus.IMPORTED_EVENT_NOT_EXPECTED;
            case TIMESTAMP_OUT_OF_RANGE -> CreateTransferStatus.IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE;
            case TIMESTAMP_ADVANCES -> CreateTransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE;
            case TIMESTAMP_NOT_ZERO -> CreateTransferStatus.TIMESTAMP_MUST_BE_ZERO;
        };
    }

    @Override
    public long objectTimestamp() {
        return objectTimestamp;
    }

    @Override
    public void beginChain() {
        countBefore = transfers.count();
        undo.begin();
    }

    @Override
    public void commitChain() {
        undo.commit();
    }

    @Override
    public void rollbackChain() {
        undo.rollback();
        transfers.removeFrom(countBefore);
    }

    @Override
    public void failed(MemorySegment in, long at, CreateStatus failure) {
        if (((CreateTransferStatus) failure).isTransient()) {
            long low = Bytes.u64(in, at + ID);
            long high = Bytes.u64(in, at + ID + 8);
            transfers.orphan(low, high);
            orphans += fingerprint(low, high);
        }
    }

    /** Mixes all bits of an id into all bits; part of the state's digest. */
    private static long fingerprint(long low, long high) {
        long h = (low * 0x9E3779B97F4A7C15L) ^ Long.rotateLeft(high * 0xC2B2AE3D27D4EB4FL, 31);
        h = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
        h = (h ^ (h >>> 29)) * 0x94D049BB133111EBL;
        return h ^ (h >>> 32);
    }

    /** A number that two books share if the same ids have failed for ever in them. */
    long orphans() {
        return orphans;
    }

    void orphans(long value) {
        orphans = value;
    }

    // --- one transfer

    @Override
    public void prepare(MemorySegment in, long at, int events) {
        preparedAt = at;
        transfers.touch(in, at + ID, TransferLayout.BYTES, events);
        accounts.prepare(in, at + DEBIT_ACCOUNT_ID, TransferLayout.BYTES, events, debits);
        accounts.prepare(in, at + CREDIT_ACCOUNT_ID, TransferLayout.BYTES, events, credits);
    }

    /** The number of an event among those that were prepared with it. */
    private int prepared(long at) {
        return (int) (at - preparedAt) / TransferLayout.BYTES;
    }

    @Override
    public CreateTransferStatus create(MemorySegment in, long at, long timestamp) {
        int flags = flags(in, at);
        if ((flags & ~TransferLayout.FLAGS_ALL) != 0) {
            return CreateTransferStatus.RESERVED_FLAG;
        }
        long idLow = Bytes.u64(in, at + ID);
        long idHigh = Bytes.u64(in, at + ID + 8);
        if (U128.isZero(idLow, idHigh)) {
            return CreateTransferStatus.ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(idLow, idHigh)) {
            return CreateTransferStatus.ID_MUST_NOT_BE_INT_MAX;
        }
        long known = transfers.find(prepared(at), idLow, idHigh);
        if (known >= 0) {
            return exists(in, at, flags, known);
        }
        if (known == Records.ORPHAN) {
            return CreateTransferStatus.ID_ALREADY_FAILED;
        }
        return (flags & POST_OR_VOID) == 0
                ? firstPhase(in, at, flags, timestamp)
                : secondPhase(in, at, flags, timestamp);
    }

    private CreateTransferStatus firstPhase(MemorySegment in, long at, int flags, long tick) {
        long debitLow = Bytes.u64(in, at + DEBIT_ACCOUNT_ID);
        long debitHigh = Bytes.u64(in, at + DEBIT_ACCOUNT_ID + 8);
        long creditLow = Bytes.u64(in, at + CREDIT_ACCOUNT_ID);
        long creditHigh = Bytes.u64(in, at + CREDIT_ACCOUNT_ID + 8);
        if (U128.isZero(debitLow, debitHigh)) {
            return CreateTransferStatus.DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(debitLow, debitHigh)) {
            return CreateTransferStatus.DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
        }
        if (U128.isZero(creditLow, creditHigh)) {
            return CreateTransferStatus.CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(creditLow, creditHigh)) {
            return CreateTransferStatus.CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
        }
        if (debitLow == creditLow && debitHigh == creditHigh) {
            return CreateTransferStatus.ACCOUNTS_MUST_BE_DIFFERENT;
        }
        if (!isZero128(in, at + PENDING_ID)) {
            return CreateTransferStatus.PENDING_ID_MUST_BE_ZERO;
        }
        boolean isPending = (flags & FLAG_PENDING) != 0;
        int timeout = Bytes.u32(in, at + TIMEOUT);
        if (!isPending && timeout != 0) {
            return CreateTransferStatus.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER;
        }
        if (!isPending && (flags & CLOSING) != 0) {
            return CreateTransferStatus.CLOSING_TRANSFER_MUST_BE_PENDING;
        }
        int ledger = Bytes.u32(in, at + LEDGER);
        if (ledger == 0) {
            return CreateTransferStatus.LEDGER_MUST_NOT_BE_ZERO;
        }
        if (Bytes.u16(in, at + CODE) == 0) {
            return CreateTransferStatus.CODE_MUST_NOT_BE_ZERO;
        }
        int prepared = prepared(at);
        int debit = accounts.confirm(debits[prepared], debitLow, debitHigh);
        if (debit == Accounts.NONE) {
            return CreateTransferStatus.DEBIT_ACCOUNT_NOT_FOUND;
        }
        int credit = accounts.confirm(credits[prepared], creditLow, creditHigh);
        if (credit == Accounts.NONE) {
            return CreateTransferStatus.CREDIT_ACCOUNT_NOT_FOUND;
        }
        MemorySegment dr = accounts.memory(debit);
        long drAt = Accounts.offset(debit);
        MemorySegment cr = accounts.memory(credit);
        long crAt = Accounts.offset(credit);
        int debitLedger = Bytes.u32(dr, drAt + AccountLayout.LEDGER);
        if (debitLedger != Bytes.u32(cr, crAt + AccountLayout.LEDGER)) {
            return CreateTransferStatus.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
        }
        if (ledger != debitLedger) {
            return CreateTransferStatus.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS;
        }
        long stamp = tick;
        if (isImported(flags)) {
            stamp = Bytes.u64(in, at + TIMESTAMP);
            CreateTransferStatus regress = imported(stamp, timeout, dr, drAt, cr, crAt);
            if (regress != CreateTransferStatus.CREATED) {
                return regress;
            }
        }
        if (isClosed(dr, drAt)) {
            return CreateTransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED;
        }
        if (isClosed(cr, crAt)) {
            return CreateTransferStatus.CREDIT_ACCOUNT_ALREADY_CLOSED;
        }
        long amountLow = Bytes.u64(in, at + AMOUNT);
        long amountHigh = Bytes.u64(in, at + AMOUNT + 8);
        if ((flags & BALANCING) != 0) {
            balances.balance(amountLow, amountHigh, flags, dr, drAt, cr, crAt);
            amountLow = balances.low();
            amountHigh = balances.high();
        }
        CreateTransferStatus limit =
                balances.limit(amountLow, amountHigh, isPending, tick, timeout, dr, drAt, cr, crAt);
        if (limit != CreateTransferStatus.CREATED) {
            return limit;
        }

        undo.account(debit);
        undo.account(credit);
        if (isPending) {
            Balances.add(dr, drAt + AccountLayout.DEBITS_PENDING, amountLow, amountHigh);
            Balances.add(cr, crAt + AccountLayout.CREDITS_PENDING, amountLow, amountHigh);
            if ((flags & FLAG_CLOSING_DEBIT) != 0) {
                Balances.close(dr, drAt);
            }
            if ((flags & FLAG_CLOSING_CREDIT) != 0) {
                Balances.close(cr, crAt);
            }
        } else {
            Balances.add(dr, drAt + AccountLayout.DEBITS_POSTED, amountLow, amountHigh);
            Balances.add(cr, crAt + AccountLayout.CREDITS_POSTED, amountLow, amountHigh);
        }
        accounts.changed(debit);
        accounts.changed(credit);

        long slot = transfers.append();
        MemorySegment record = transfers.memory(slot);
        long to = transfers.offset(slot);
        MemorySegment.copy(in, at, record, to, TransferLayout.BYTES);
        Bytes.u128(record, to + AMOUNT, amountLow, amountHigh);
        Bytes.u64(record, to + TIMESTAMP, stamp);
        Balances.note(record, to, dr, drAt, cr, crAt);
        transfers.appended(slot);
        if (isPending && timeout != 0) {
            long second = Expiries.second(Expiries.expiresAt(stamp, timeout));
            expiries.count(second, 1);
            undo.expiry(second, 1);
        }
        objectTimestamp = stamp;
        return CreateTransferStatus.CREATED;
    }

    private CreateTransferStatus imported(
            long stamp, int timeout, MemorySegment dr, long drAt, MemorySegment cr, long crAt) {
        if (regresses(stamp)) {
            return CreateTransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
        }
        if (stamp <= Bytes.u64(dr, drAt + AccountLayout.TIMESTAMP)) {
            return CreateTransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_DEBIT_ACCOUNT;
        }
        if (stamp <= Bytes.u64(cr, crAt + AccountLayout.TIMESTAMP)) {
            return CreateTransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_CREDIT_ACCOUNT;
        }
        return timeout != 0 ? CreateTransferStatus.IMPORTED_EVENT_TIMEOUT_MUST_BE_ZERO : CreateTransferStatus.CREATED;
    }

    private boolean regresses(long stamp) {
        return stamp <= transfers.newestTimestamp() || accounts.hasTimestamp(stamp) || expired.slotOf(stamp) >= 0;
    }

    private static boolean isClosed(MemorySegment account, long at) {
        return (Bytes.u16(account, at + AccountLayout.FLAGS) & AccountLayout.FLAG_CLOSED) != 0;
    }

    private static boolean isZero128(MemorySegment in, long at) {
        return (Bytes.u64(in, at) | Bytes.u64(in, at + 8)) == 0;
    }

    // --- the second phase

    private CreateTransferStatus secondPhase(MemorySegment in, long at, int flags, long tick) {
        boolean post = (flags & FLAG_POST_PENDING) != 0;
        if ((flags & POST_OR_VOID) == POST_OR_VOID || (flags & (FLAG_PENDING | BALANCING | CLOSING)) != 0) {
            return CreateTransferStatus.FLAGS_ARE_MUTUALLY_EXCLUSIVE;
        }
        long pendingLow = Bytes.u64(in, at + PENDING_ID);
        long pendingHigh = Bytes.u64(in, at + PENDING_ID + 8);
        if (U128.isZero(pendingLow, pendingHigh)) {
            return CreateTransferStatus.PENDING_ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(pendingLow, pendingHigh)) {
            return CreateTransferStatus.PENDING_ID_MUST_NOT_BE_INT_MAX;
        }
        if (pendingLow == Bytes.u64(in, at + ID) && pendingHigh == Bytes.u64(in, at + ID + 8)) {
            return CreateTransferStatus.PENDING_ID_MUST_BE_DIFFERENT;
        }
        if (Bytes.u32(in, at + TIMEOUT) != 0) {
            return CreateTransferStatus.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER;
        }
        long pendingSlot = transfers.find(pendingLow, pendingHigh);
        if (pendingSlot < 0) {
            return CreateTransferStatus.PENDING_TRANSFER_NOT_FOUND;
        }
        pending.stand(pendingSlot);
        MemorySegment p = pending.memory();
        long pAt = pending.offset();
        int pendingFlags = Bytes.u16(p, pAt + FLAGS);
        if ((pendingFlags & FLAG_PENDING) == 0) {
            return CreateTransferStatus.PENDING_TRANSFER_NOT_PENDING;
        }
        if (!isZero128(in, at + DEBIT_ACCOUNT_ID) && Bytes.differ128(in, at, p, pAt, DEBIT_ACCOUNT_ID)) {
            return CreateTransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID;
        }
        if (!isZero128(in, at + CREDIT_ACCOUNT_ID) && Bytes.differ128(in, at, p, pAt, CREDIT_ACCOUNT_ID)) {
            return CreateTransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID;
        }
        int ledger = Bytes.u32(in, at + LEDGER);
        if (ledger != 0 && ledger != Bytes.u32(p, pAt + LEDGER)) {
            return CreateTransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_LEDGER;
        }
        int code = Bytes.u16(in, at + CODE);
        if (code != 0 && code != Bytes.u16(p, pAt + CODE)) {
            return CreateTransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_CODE;
        }
        long heldLow = Bytes.u64(p, pAt + AMOUNT);
        long heldHigh = Bytes.u64(p, pAt + AMOUNT + 8);
        long amountLow = Bytes.u64(in, at + AMOUNT);
        long amountHigh = Bytes.u64(in, at + AMOUNT + 8);
        if (post ? U128.isMax(amountLow, amountHigh) : U128.isZero(amountLow, amountHigh)) {
            amountLow = heldLow;
            amountHigh = heldHigh;
        }
        int comparison = U128.compare(amountLow, amountHigh, heldLow, heldHigh);
        if (comparison > 0) {
            return CreateTransferStatus.EXCEEDS_PENDING_TRANSFER_AMOUNT;
        }
        if (!post && comparison < 0) {
            return CreateTransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT;
        }
        switch (status.of(pendingSlot)) {
            case PendingStatus.POSTED -> {
                return CreateTransferStatus.PENDING_TRANSFER_ALREADY_POSTED;
            }
            case PendingStatus.VOIDED -> {
                return CreateTransferStatus.PENDING_TRANSFER_ALREADY_VOIDED;
            }
            case PendingStatus.EXPIRED -> {
                return CreateTransferStatus.PENDING_TRANSFER_EXPIRED;
            }
            default -> {}
        }
        int timeout = Bytes.u32(p, pAt + TIMEOUT);
        long expiresAt = Expiries.expiresAt(Bytes.u64(p, pAt + TIMESTAMP), timeout);
        if (timeout != 0 && expiresAt <= tick) {
            return CreateTransferStatus.PENDING_TRANSFER_EXPIRED;
        }
        long stamp = tick;
        if (isImported(flags)) {
            stamp = Bytes.u64(in, at + TIMESTAMP);
            if (regresses(stamp)) {
                return CreateTransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
            }
        }
        int debit = accounts.find(Bytes.u64(p, pAt + DEBIT_ACCOUNT_ID), Bytes.u64(p, pAt + DEBIT_ACCOUNT_ID + 8));
        int credit = accounts.find(Bytes.u64(p, pAt + CREDIT_ACCOUNT_ID), Bytes.u64(p, pAt + CREDIT_ACCOUNT_ID + 8));
        MemorySegment dr = accounts.memory(debit);
        long drAt = Accounts.offset(debit);
        MemorySegment cr = accounts.memory(credit);
        long crAt = Accounts.offset(credit);
        if (post && isClosed(dr, drAt)) {
            return CreateTransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED;
        }
        if (post && isClosed(cr, crAt)) {
            return CreateTransferStatus.CREDIT_ACCOUNT_ALREADY_CLOSED;
        }

        undo.account(debit);
        undo.account(credit);
        undo.status(pendingSlot);
        Balances.subtract(dr, drAt + AccountLayout.DEBITS_PENDING, heldLow, heldHigh);
        Balances.subtract(cr, crAt + AccountLayout.CREDITS_PENDING, heldLow, heldHigh);
        if (post) {
            Balances.add(dr, drAt + AccountLayout.DEBITS_POSTED, amountLow, amountHigh);
            Balances.add(cr, crAt + AccountLayout.CREDITS_POSTED, amountLow, amountHigh);
            status.resolve(pendingSlot, PendingStatus.POSTED, transfers.count());
        } else {
            Balances.reopen(pendingFlags, dr, drAt, cr, crAt);
            status.resolve(pendingSlot, PendingStatus.VOIDED, transfers.count());
        }
        if (timeout != 0) {
            expiries.count(Expiries.second(expiresAt), -1);
            undo.expiry(Expiries.second(expiresAt), -1);
        }
        accounts.changed(debit);
        accounts.changed(credit);

        long slot = transfers.append();
        MemorySegment record = transfers.memory(slot);
        long to = transfers.offset(slot);
        MemorySegment.copy(in, at, record, to, TransferLayout.BYTES);
        MemorySegment.copy(p, pAt + DEBIT_ACCOUNT_ID, record, to + DEBIT_ACCOUNT_ID, 32);
        Bytes.u128(record, to + AMOUNT, amountLow, amountHigh);
        inherit(record, to, p, pAt);
        Bytes.u64(record, to + TIMESTAMP, stamp);
        Balances.note(record, to, dr, drAt, cr, crAt);
        transfers.appended(slot);
        objectTimestamp = stamp;
        return CreateTransferStatus.CREATED;
    }

    /** What the second phase leaves out, it has from the first. */
    private static void inherit(MemorySegment record, long to, MemorySegment p, long pAt) {
        if (isZero128(record, to + USER_DATA_128)) {
            MemorySegment.copy(p, pAt + USER_DATA_128, record, to + USER_DATA_128, 16);
        }
        if (Bytes.u64(record, to + USER_DATA_64) == 0) {
            Bytes.u64(record, to + USER_DATA_64, Bytes.u64(p, pAt + USER_DATA_64));
        }
        if (Bytes.u32(record, to + USER_DATA_32) == 0) {
            Bytes.u32(record, to + USER_DATA_32, Bytes.u32(p, pAt + USER_DATA_32));
        }
        Bytes.u32(record, to + LEDGER, Bytes.u32(p, pAt + LEDGER));
        Bytes.u16(record, to + CODE, Bytes.u16(p, pAt + CODE));
    }

    // --- a transfer that is there

    private CreateTransferStatus exists(MemorySegment in, long at, int flags, long known) {
        existing.stand(known);
        MemorySegment e = existing.memory();
        long eAt = existing.offset();
        if (flags != Bytes.u16(e, eAt + FLAGS)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_FLAGS;
        }
        if (Bytes.differ128(in, at, e, eAt, PENDING_ID)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_PENDING_ID;
        }
        if (Bytes.u32(in, at + TIMEOUT) != Bytes.u32(e, eAt + TIMEOUT)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_TIMEOUT;
        }
        MemorySegment p = e;
        long pAt = eAt;
        boolean second = (flags & POST_OR_VOID) != 0;
        if (second) {
            pending.stand(transfers.find(Bytes.u64(e, eAt + PENDING_ID), Bytes.u64(e, eAt + PENDING_ID + 8)));
            p = pending.memory();
            pAt = pending.offset();
        }
        if (!(second && isZero128(in, at + DEBIT_ACCOUNT_ID)) && Bytes.differ128(in, at, e, eAt, DEBIT_ACCOUNT_ID)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID;
        }
        if (!(second && isZero128(in, at + CREDIT_ACCOUNT_ID)) && Bytes.differ128(in, at, e, eAt, CREDIT_ACCOUNT_ID)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID;
        }
        if (differsInAmount(in, at, flags, e, eAt, p, pAt)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_AMOUNT;
        }
        boolean inherited = second && isZero128(in, at + USER_DATA_128);
        if (inherited
                ? Bytes.differ128(p, pAt, e, eAt, USER_DATA_128)
                : Bytes.differ128(in, at, e, eAt, USER_DATA_128)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_128;
        }
        long data64 = Bytes.u64(in, at + USER_DATA_64);
        if ((second && data64 == 0 ? Bytes.u64(p, pAt + USER_DATA_64) : data64) != Bytes.u64(e, eAt + USER_DATA_64)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_64;
        }
        int data32 = Bytes.u32(in, at + USER_DATA_32);
        if ((second && data32 == 0 ? Bytes.u32(p, pAt + USER_DATA_32) : data32) != Bytes.u32(e, eAt + USER_DATA_32)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_32;
        }
        int ledger = Bytes.u32(in, at + LEDGER);
        if (!(second && ledger == 0) && ledger != Bytes.u32(e, eAt + LEDGER)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_LEDGER;
        }
        int code = Bytes.u16(in, at + CODE);
        if (!(second && code == 0) && code != Bytes.u16(e, eAt + CODE)) {
            return CreateTransferStatus.EXISTS_WITH_DIFFERENT_CODE;
        }
        objectTimestamp = Bytes.u64(e, eAt + TIMESTAMP);
        return CreateTransferStatus.EXISTS;
    }

    /** The amount that was asked for need not be the one that was booked. */
    private static boolean differsInAmount(
            MemorySegment in, long at, int flags, MemorySegment e, long eAt, MemorySegment p, long pAt) {
        long low = Bytes.u64(in, at + AMOUNT);
        long high = Bytes.u64(in, at + AMOUNT + 8);
        if ((flags & BALANCING) != 0) {
            return U128.compare(low, high, Bytes.u64(e, eAt + AMOUNT), Bytes.u64(e, eAt + AMOUNT + 8)) < 0;
        }
        boolean all = ((flags & FLAG_POST_PENDING) != 0 && U128.isMax(low, high))
                || ((flags & FLAG_VOID_PENDING) != 0 && U128.isZero(low, high));
        return all ? Bytes.differ128(p, pAt, e, eAt, AMOUNT) : Bytes.differ128(in, at, e, eAt, AMOUNT);
    }
}
