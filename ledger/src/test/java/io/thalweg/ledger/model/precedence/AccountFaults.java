package io.thalweg.ledger.model.precedence;

import static io.thalweg.ledger.model.AccountStatus.CODE_MUST_NOT_BE_ZERO;
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

import io.thalweg.ledger.model.Account;
import io.thalweg.ledger.model.AccountStatus;
import io.thalweg.ledger.model.U128;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** All the ways to spoil an account, at least one for each status. */
final class AccountFaults {
    private static final Predicate<AccountRehearsal> ANY = AccountRehearsal::any;
    private static final Predicate<AccountRehearsal> IMPORTED = AccountRehearsal::isImported;
    private static final Predicate<AccountRehearsal> NOT_IMPORTED = AccountRehearsal::isNotImported;

    private final List<Fault<AccountRehearsal, AccountStatus>> all = new ArrayList<>();

    private AccountFaults() {}

    static List<Fault<AccountRehearsal, AccountStatus>> all() {
        AccountFaults faults = new AccountFaults();
        faults.ofTheRequest();
        faults.ofTheId();
        faults.ofTheFields();
        return faults.all;
    }

    private void add(
            AccountStatus status,
            Predicate<AccountRehearsal> fits,
            String claims,
            Consumer<AccountRehearsal> injection) {
        all.add(Fault.of(status, fits, claims.strip(), injection));
    }

    private void ofTheRequest() {
        add(LINKED_EVENT_CHAIN_OPEN, ANY, "chain.end=open", it -> it.openChain = true);
        add(LINKED_EVENT_FAILED, ANY, "chain.start=broken", it -> it.brokenChain = true);
        add(IMPORTED_EVENT_NOT_EXPECTED, NOT_IMPORTED, "imported=odd", it -> it.account.set(Account.IMPORTED, true));
        add(IMPORTED_EVENT_EXPECTED, IMPORTED, "imported=odd", it -> it.account.set(Account.IMPORTED, false));
        String asDue = "imported=as-due ";
        add(IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE, IMPORTED, asDue + "timestamp=0", it -> it.account.timestamp = 0);
        add(
                IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE,
                IMPORTED,
                asDue + "timestamp=2^63",
                it -> it.account.timestamp = Long.MIN_VALUE);
        add(
                IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE,
                IMPORTED,
                asDue + "timestamp=batch",
                it -> it.timestampOfBatch = true);
        add(TIMESTAMP_MUST_BE_ZERO, NOT_IMPORTED, asDue + "timestamp=1", it -> it.account.timestamp = 1);
        add(TIMESTAMP_MUST_BE_ZERO, NOT_IMPORTED, asDue + "timestamp=2^64-1", it -> it.account.timestamp = -1);
        add(RESERVED_FIELD, ANY, "reserved=1", it -> it.account.reserved = 1);
        add(RESERVED_FIELD, ANY, "reserved=2^31", it -> it.account.reserved = 0x80000000L);
        add(RESERVED_FLAG, ANY, "flags.reserved=6", it -> it.account.set(1 << 6, true));
        add(RESERVED_FLAG, ANY, "flags.reserved=15", it -> it.account.set(1 << 15, true));
    }

    private void ofTheId() {
        add(ID_MUST_NOT_BE_ZERO, ANY, "id=0", it -> it.account.id = U128.ZERO);
        add(ID_MUST_NOT_BE_INT_MAX, ANY, "id=max", it -> it.account.id = U128.MAX);
        twin(EXISTS_WITH_DIFFERENT_FLAGS, "flags.closed=on", it -> it.account.set(Account.CLOSED, true));
        twin(EXISTS_WITH_DIFFERENT_USER_DATA_128, "userData128=1", it -> it.account.userData128 = U128.of(1, 0));
        twin(EXISTS_WITH_DIFFERENT_USER_DATA_64, "userData64=1", it -> it.account.userData64 = Long.MIN_VALUE);
        twin(EXISTS_WITH_DIFFERENT_USER_DATA_32, "userData32=1", it -> it.account.userData32 = 1);
        twin(EXISTS_WITH_DIFFERENT_LEDGER, "ledger=7", it -> it.account.ledger = 7);
        twin(EXISTS_WITH_DIFFERENT_CODE, "code=7", it -> it.account.code = 7);
        twin(EXISTS, "", _ -> {});
    }

    private void twin(AccountStatus status, String claims, Consumer<AccountRehearsal> injection) {
        Consumer<AccountRehearsal> twin = it -> it.twin = true;
        add(status, ANY, "id=own moment=twin " + claims, twin.andThen(injection));
    }

    private void ofTheFields() {
        add(
                FLAGS_ARE_MUTUALLY_EXCLUSIVE,
                ANY,
                "flags.limits=both",
                it -> it.account.flags |=
                        Account.DEBITS_MUST_NOT_EXCEED_CREDITS | Account.CREDITS_MUST_NOT_EXCEED_DEBITS);
        add(DEBITS_PENDING_MUST_BE_ZERO, ANY, "debits.pending=1", it -> it.account.debitsPending = U128.of(1));
        add(DEBITS_POSTED_MUST_BE_ZERO, ANY, "debits.posted=1", it -> it.account.debitsPosted = U128.of(1, 0));
        add(CREDITS_PENDING_MUST_BE_ZERO, ANY, "credits.pending=1", it -> it.account.creditsPending = U128.of(1, 0));
        add(CREDITS_POSTED_MUST_BE_ZERO, ANY, "credits.posted=1", it -> it.account.creditsPosted = U128.of(1));
        add(LEDGER_MUST_NOT_BE_ZERO, ANY, "ledger=0", it -> it.account.ledger = 0);
        add(CODE_MUST_NOT_BE_ZERO, ANY, "code=0", it -> it.account.code = 0);
        add(
                IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS,
                IMPORTED,
                "timestamp=own newer=account",
                it -> it.newerAccount = true);
        add(
                IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS,
                IMPORTED,
                "timestamp=own moment=transfer",
                it -> it.transferAtItsTime = true);
    }
}
