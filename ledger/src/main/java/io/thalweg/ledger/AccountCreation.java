package io.thalweg.ledger;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.U128;
import io.thalweg.ledger.store.Records;
import java.lang.foreign.MemorySegment;

/** The checks and the effect of creating one account, in TigerBeetle's order of precedence. Apply thread only. */
final class AccountCreation implements Creation {
    private final Accounts accounts;
    private final Records book;
    private final Records transfers;
    private final Records expired;
    private int countBefore;
    private long objectTimestamp;

    /**
     * @param book the accounts as they were created, by which they are found
     * @param expired the expiries that are booked, whose timestamps are taken
     */
    AccountCreation(Accounts accounts, Records book, Records transfers, Records expired) {
        this.accounts = accounts;
        this.book = book;
        this.transfers = transfers;
        this.expired = expired;
    }

    @Override
    public int flags(MemorySegment in, long at) {
        return Bytes.u16(in, at + AccountLayout.FLAGS);
    }

    @Override
    public boolean isImported(int flags) {
        return (flags & AccountLayout.FLAG_IMPORTED) != 0;
    }

    @Override
    public CreateStatus failure(Failure failure) {
        return switch (failure) {
            case CHAIN_OPEN -> CreateAccountStatus.LINKED_EVENT_CHAIN_OPEN;
            case LINKED -> CreateAccountStatus.LINKED_EVENT_FAILED;
            case IMPORTED_EXPECTED -> CreateAccountStatus.IMPORTED_EVENT_EXPECTED;
            case IMPORTED_NOT_EXPECTED -> CreateAccountStatus.IMPORTED_EVENT_NOT_EXPECTED;
            case TIMESTAMP_OUT_OF_RANGE -> CreateAccountStatus.IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE;
            case TIMESTAMP_ADVANCES -> CreateAccountStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE;
            case TIMESTAMP_NOT_ZERO -> CreateAccountStatus.TIMESTAMP_MUST_BE_ZERO;
        };
    }

    @Override
    public long objectTimestamp() {
        return objectTimestamp;
    }

    @Override
    public void beginChain() {
        countBefore = accounts.count();
    }

    @Override
    public void commitChain() {}

    @Override
    public void rollbackChain() {
        accounts.removeFrom(countBefore);
        book.removeFrom(countBefore);
    }

    @Override
    public CreateAccountStatus create(MemorySegment in, long at, long timestamp) {
        int flags = flags(in, at);
        if (Bytes.u32(in, at + AccountLayout.RESERVED) != 0) {
            return CreateAccountStatus.RESERVED_FIELD;
        }
        if ((flags & ~AccountLayout.FLAGS_ALL) != 0) {
            return CreateAccountStatus.RESERVED_FLAG;
        }
        long idLow = Bytes.u64(in, at + AccountLayout.ID);
        long idHigh = Bytes.u64(in, at + AccountLayout.ID + 8);
        if (U128.isZero(idLow, idHigh)) {
            return CreateAccountStatus.ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(idLow, idHigh)) {
            return CreateAccountStatus.ID_MUST_NOT_BE_INT_MAX;
        }
        int known = accounts.find(idLow, idHigh);
        if (known != Accounts.NONE) {
            return exists(in, at, flags, known);
        }
        int limits =
                AccountLayout.FLAG_DEBITS_MUST_NOT_EXCEED_CREDITS | AccountLayout.FLAG_CREDITS_MUST_NOT_EXCEED_DEBITS;
        if ((flags & limits) == limits) {
            return CreateAccountStatus.FLAGS_ARE_MUTUALLY_EXCLUSIVE;
        }
        if (isSet(in, at + AccountLayout.DEBITS_PENDING)) {
            return CreateAccountStatus.DEBITS_PENDING_MUST_BE_ZERO;
        }
        if (isSet(in, at + AccountLayout.DEBITS_POSTED)) {
            return CreateAccountStatus.DEBITS_POSTED_MUST_BE_ZERO;
        }
        if (isSet(in, at + AccountLayout.CREDITS_PENDING)) {
            return CreateAccountStatus.CREDITS_PENDING_MUST_BE_ZERO;
        }
        if (isSet(in, at + AccountLayout.CREDITS_POSTED)) {
            return CreateAccountStatus.CREDITS_POSTED_MUST_BE_ZERO;
        }
        if (Bytes.u32(in, at + AccountLayout.LEDGER) == 0) {
            return CreateAccountStatus.LEDGER_MUST_NOT_BE_ZERO;
        }
        if (Bytes.u16(in, at + AccountLayout.CODE) == 0) {
            return CreateAccountStatus.CODE_MUST_NOT_BE_ZERO;
        }
        long stamp = timestamp;
        if (isImported(flags)) {
            stamp = Bytes.u64(in, at + AccountLayout.TIMESTAMP);
            if (stamp <= accounts.newestTimestamp() || transfers.slotOf(stamp) >= 0 || expired.slotOf(stamp) >= 0) {
                return CreateAccountStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
            }
        }
        int ordinal = accounts.add(in, at, stamp);
        long slot = book.append();
        MemorySegment.copy(
                accounts.memory(ordinal),
                Accounts.offset(ordinal),
                book.memory(slot),
                book.offset(slot),
                AccountLayout.BYTES);
        book.appended(slot);
        objectTimestamp = stamp;
        return CreateAccountStatus.CREATED;
    }

    private static boolean isSet(MemorySegment in, long at) {
        return (Bytes.u64(in, at) | Bytes.u64(in, at + 8)) != 0;
    }

    private CreateAccountStatus exists(MemorySegment in, long at, int flags, int known) {
        MemorySegment memory = accounts.memory(known);
        long offset = Accounts.offset(known);
        if (flags != Bytes.u16(memory, offset + AccountLayout.FLAGS)) {
            return CreateAccountStatus.EXISTS_WITH_DIFFERENT_FLAGS;
        }
        if (Bytes.differ128(in, at, memory, offset, AccountLayout.USER_DATA_128)) {
            return CreateAccountStatus.EXISTS_WITH_DIFFERENT_USER_DATA_128;
        }
        if (Bytes.u64(in, at + AccountLayout.USER_DATA_64) != Bytes.u64(memory, offset + AccountLayout.USER_DATA_64)) {
            return CreateAccountStatus.EXISTS_WITH_DIFFERENT_USER_DATA_64;
        }
        if (Bytes.u32(in, at + AccountLayout.USER_DATA_32) != Bytes.u32(memory, offset + AccountLayout.USER_DATA_32)) {
            return CreateAccountStatus.EXISTS_WITH_DIFFERENT_USER_DATA_32;
        }
        if (Bytes.u32(in, at + AccountLayout.LEDGER) != Bytes.u32(memory, offset + AccountLayout.LEDGER)) {
            return CreateAccountStatus.EXISTS_WITH_DIFFERENT_LEDGER;
        }
        if (Bytes.u16(in, at + AccountLayout.CODE) != Bytes.u16(memory, offset + AccountLayout.CODE)) {
            return CreateAccountStatus.EXISTS_WITH_DIFFERENT_CODE;
        }
        objectTimestamp = accounts.timestamp(known);
        return CreateAccountStatus.EXISTS;
    }
}
