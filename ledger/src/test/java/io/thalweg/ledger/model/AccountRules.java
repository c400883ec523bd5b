package io.thalweg.ledger.model;

import static io.thalweg.ledger.model.AccountStatus.CODE_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.AccountStatus.CREATED;
import static io.thalweg.ledger.model.AccountStatus.CREDITS_PENDING_MUST_BE_ZERO;
import static io.thalweg.ledger.model.AccountStatus.CREDITS_POSTED_MUST_BE_ZERO;
import static io.thalweg.ledger.model.AccountStatus.DEBITS_PENDING_MUST_BE_ZERO;
import static io.thalweg.ledger.model.AccountStatus.DEBITS_POSTED_MUST_BE_ZERO;
import static io.thalweg.ledger.model.AccountStatus.EXISTS;
import static io.thalweg.ledger.model.AccountStatus.EXISTS_WITH_DIFFERENT_CODE;
import static io.thalweg.ledger.model.AccountStatus.EXISTS_WITH_DIFFERENT_FLAGS;
import static io.thalweg.ledger.model.AccountStatus.EXISTS_WITH_DIFFERENT_LEDGER;
import static io.thalweg.ledger.model.AccountStatus.EXISTS_WITH_DIFFERENT_USER_DATA_128;
import static io.thalweg.ledger.model.AccountStatus.EXISTS_WITH_DIFFERENT_USER_DATA_32;
import static io.thalweg.ledger.model.AccountStatus.EXISTS_WITH_DIFFERENT_USER_DATA_64;
import static io.thalweg.ledger.model.AccountStatus.FLAGS_ARE_MUTUALLY_EXCLUSIVE;
import static io.thalweg.ledger.model.AccountStatus.ID_MUST_NOT_BE_INT_MAX;
import static io.thalweg.ledger.model.AccountStatus.ID_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.AccountStatus.IMPORTED_EVENT_EXPECTED;
import static io.thalweg.ledger.model.AccountStatus.IMPORTED_EVENT_NOT_EXPECTED;
import static io.thalweg.ledger.model.AccountStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE;
import static io.thalweg.ledger.model.AccountStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
import static io.thalweg.ledger.model.AccountStatus.IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE;
import static io.thalweg.ledger.model.AccountStatus.LEDGER_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.AccountStatus.LINKED_EVENT_CHAIN_OPEN;
import static io.thalweg.ledger.model.AccountStatus.LINKED_EVENT_FAILED;
import static io.thalweg.ledger.model.AccountStatus.RESERVED_FIELD;
import static io.thalweg.ledger.model.AccountStatus.RESERVED_FLAG;
import static io.thalweg.ledger.model.AccountStatus.TIMESTAMP_MUST_BE_ZERO;

/** Creating an account: section 1, "create_accounts — order of checks". */
record AccountRules(State state) implements Rules<Account, AccountStatus> {
    @Override
    public boolean isLinked(Account event) {
        return event.has(Account.LINKED);
    }

    @Override
    public boolean isImported(Account event) {
        return event.has(Account.IMPORTED);
    }

    @Override
    public long timestamp(Account event) {
        return event.timestamp();
    }

    @Override
    public Common<AccountStatus> common() {
        return new Common<>(
                LINKED_EVENT_CHAIN_OPEN,
                LINKED_EVENT_FAILED,
                IMPORTED_EVENT_NOT_EXPECTED,
                IMPORTED_EVENT_EXPECTED,
                IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE,
                IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE,
                TIMESTAMP_MUST_BE_ZERO,
                CREATED);
    }

    @Override
    public int number(AccountStatus status) {
        return status.code;
    }

    @Override
    public void failed(Account event, AccountStatus status) {}

    @Override
    public Verdict<AccountStatus> check(Account a, long tick) {
        Account stored = state.account(a.id());
        AccountStatus status = status(a);
        if (status == EXISTS && stored != null) {
            return new Verdict<>(status, stored.timestamp());
        }
        if (status != CREATED) {
            return new Verdict<>(status, tick);
        }
        Account created = a.with(it -> it.timestamp = a.has(Account.IMPORTED) ? a.timestamp() : tick);
        state.addAccount(created);
        return new Verdict<>(status, created.timestamp());
    }

    private AccountStatus status(Account a) {
        if (a.reserved() != 0) {
            return RESERVED_FIELD;
        }
        if ((a.flags() & ~Account.ALL_FLAGS) != 0) {
            return RESERVED_FLAG;
        }
        if (U128.isZero(a.id())) {
            return ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(a.id())) {
            return ID_MUST_NOT_BE_INT_MAX;
        }
        Account stored = state.account(a.id());
        if (stored != null) {
            return compare(a, stored);
        }
        if (a.has(Account.DEBITS_MUST_NOT_EXCEED_CREDITS) && a.has(Account.CREDITS_MUST_NOT_EXCEED_DEBITS)) {
            return FLAGS_ARE_MUTUALLY_EXCLUSIVE;
        }
        if (!U128.isZero(a.debitsPending())) {
            return DEBITS_PENDING_MUST_BE_ZERO;
        }
        if (!U128.isZero(a.debitsPosted())) {
            return DEBITS_POSTED_MUST_BE_ZERO;
        }
        if (!U128.isZero(a.creditsPending())) {
            return CREDITS_PENDING_MUST_BE_ZERO;
        }
        if (!U128.isZero(a.creditsPosted())) {
            return CREDITS_POSTED_MUST_BE_ZERO;
        }
        if (a.ledger() == 0) {
            return LEDGER_MUST_NOT_BE_ZERO;
        }
        if (a.code() == 0) {
            return CODE_MUST_NOT_BE_ZERO;
        }
        if (a.has(Account.IMPORTED)
                && (a.timestamp() <= state.newestAccountTimestamp()
                        || state.transferHasTimestamp(a.timestamp())
                        || state.expiryHasTimestamp(a.timestamp()))) {
            return IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
        }
        return CREATED;
    }

    private static AccountStatus compare(Account a, Account stored) {
        if (a.flags() != stored.flags()) {
            return EXISTS_WITH_DIFFERENT_FLAGS;
        }
        if (!a.userData128().equals(stored.userData128())) {
            return EXISTS_WITH_DIFFERENT_USER_DATA_128;
        }
        if (a.userData64() != stored.userData64()) {
            return EXISTS_WITH_DIFFERENT_USER_DATA_64;
        }
        if (a.userData32() != stored.userData32()) {
            return EXISTS_WITH_DIFFERENT_USER_DATA_32;
        }
        if (a.ledger() != stored.ledger()) {
            return EXISTS_WITH_DIFFERENT_LEDGER;
        }
        if (a.code() != stored.code()) {
            return EXISTS_WITH_DIFFERENT_CODE;
        }
        return EXISTS;
    }
}
