package io.thalweg.ledger.model.precedence;

import static io.thalweg.ledger.model.TransferStatus.ACCOUNTS_MUST_BE_DIFFERENT;
import static io.thalweg.ledger.model.TransferStatus.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
import static io.thalweg.ledger.model.TransferStatus.CLOSING_TRANSFER_MUST_BE_PENDING;
import static io.thalweg.ledger.model.TransferStatus.CODE_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.CREDIT_ACCOUNT_ALREADY_CLOSED;
import static io.thalweg.ledger.model.TransferStatus.CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
import static io.thalweg.ledger.model.TransferStatus.CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.CREDIT_ACCOUNT_NOT_FOUND;
import static io.thalweg.ledger.model.TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED;
import static io.thalweg.ledger.model.TransferStatus.DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
import static io.thalweg.ledger.model.TransferStatus.DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.DEBIT_ACCOUNT_NOT_FOUND;
import static io.thalweg.ledger.model.TransferStatus.EXCEEDS_CREDITS;
import static io.thalweg.ledger.model.TransferStatus.EXCEEDS_DEBITS;
import static io.thalweg.ledger.model.TransferStatus.EXCEEDS_PENDING_TRANSFER_AMOUNT;
import static io.thalweg.ledger.model.TransferStatus.EXISTS;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_AMOUNT;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_CODE;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_FLAGS;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_LEDGER;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_PENDING_ID;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_TIMEOUT;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_128;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_32;
import static io.thalweg.ledger.model.TransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_64;
import static io.thalweg.ledger.model.TransferStatus.FLAGS_ARE_MUTUALLY_EXCLUSIVE;
import static io.thalweg.ledger.model.TransferStatus.ID_ALREADY_FAILED;
import static io.thalweg.ledger.model.TransferStatus.ID_MUST_NOT_BE_INT_MAX;
import static io.thalweg.ledger.model.TransferStatus.ID_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.IMPORTED_EVENT_EXPECTED;
import static io.thalweg.ledger.model.TransferStatus.IMPORTED_EVENT_NOT_EXPECTED;
import static io.thalweg.ledger.model.TransferStatus.IMPORTED_EVENT_TIMEOUT_MUST_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE;
import static io.thalweg.ledger.model.TransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
import static io.thalweg.ledger.model.TransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_CREDIT_ACCOUNT;
import static io.thalweg.ledger.model.TransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_DEBIT_ACCOUNT;
import static io.thalweg.ledger.model.TransferStatus.IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE;
import static io.thalweg.ledger.model.TransferStatus.LEDGER_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.LINKED_EVENT_CHAIN_OPEN;
import static io.thalweg.ledger.model.TransferStatus.LINKED_EVENT_FAILED;
import static io.thalweg.ledger.model.TransferStatus.OVERFLOWS_CREDITS;
import static io.thalweg.ledger.model.TransferStatus.OVERFLOWS_CREDITS_PENDING;
import static io.thalweg.ledger.model.TransferStatus.OVERFLOWS_CREDITS_POSTED;
import static io.thalweg.ledger.model.TransferStatus.OVERFLOWS_DEBITS;
import static io.thalweg.ledger.model.TransferStatus.OVERFLOWS_DEBITS_PENDING;
import static io.thalweg.ledger.model.TransferStatus.OVERFLOWS_DEBITS_POSTED;
import static io.thalweg.ledger.model.TransferStatus.OVERFLOWS_TIMEOUT;
import static io.thalweg.ledger.model.TransferStatus.PENDING_ID_MUST_BE_DIFFERENT;
import static io.thalweg.ledger.model.TransferStatus.PENDING_ID_MUST_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.PENDING_ID_MUST_NOT_BE_INT_MAX;
import static io.thalweg.ledger.model.TransferStatus.PENDING_ID_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_ALREADY_POSTED;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_ALREADY_VOIDED;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_EXPIRED;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_CODE;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_LEDGER;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_NOT_FOUND;
import static io.thalweg.ledger.model.TransferStatus.PENDING_TRANSFER_NOT_PENDING;
import static io.thalweg.ledger.model.TransferStatus.RESERVED_FLAG;
import static io.thalweg.ledger.model.TransferStatus.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER;
import static io.thalweg.ledger.model.TransferStatus.TIMESTAMP_MUST_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS;

import io.thalweg.ledger.model.Transfer;
import io.thalweg.ledger.model.TransferStatus;
import io.thalweg.ledger.model.U128;
import io.thalweg.ledger.model.precedence.TransferRehearsal.Fate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** All the ways to spoil a transfer, at least one for each status that can be reached. */
final class TransferFaults {
    private static final Predicate<TransferRehearsal> ANY = TransferRehearsal::any;
    private static final Predicate<TransferRehearsal> IMPORTED = TransferRehearsal::isImported;
    private static final Predicate<TransferRehearsal> NOT_IMPORTED = TransferRehearsal::isNotImported;
    private static final Predicate<TransferRehearsal> RESOLVING = TransferRehearsal::resolves;
    private static final Predicate<TransferRehearsal> BOOKING = TransferRehearsal::books;
    private static final Predicate<TransferRehearsal> SINGLE = TransferRehearsal::isSingle;
    private static final Predicate<TransferRehearsal> PENDING = TransferRehearsal::isPending;
    private static final Predicate<TransferRehearsal> POST = TransferRehearsal::isPost;
    private static final Predicate<TransferRehearsal> VOID = TransferRehearsal::isVoid;

    /** What a transfer under the same id needs to have been created. */
    private static final String TWIN =
            "history=twin id=own debit=there credit=there debit.age=old credit.age=old credit.ledger=1 pending=fresh"
                    + " moment=twin ";

    private static final String DEBIT = "debit=there debit.age=old ";
    private static final String CREDIT = "credit=there credit.age=old ";

    private final List<Fault<TransferRehearsal, TransferStatus>> all = new ArrayList<>();

    private TransferFaults() {}

    static List<Fault<TransferRehearsal, TransferStatus>> all() {
        TransferFaults faults = new TransferFaults();
        faults.ofTheRequest();
        faults.ofTheId();
        faults.ofResolving();
        faults.ofBooking();
        faults.ofAccounts();
        faults.ofLimits();
        return faults.all;
    }

    private void add(
            TransferStatus status,
            Predicate<TransferRehearsal> fits,
            String claims,
            Consumer<TransferRehearsal> injection) {
        all.add(Fault.of(status, fits, claims.strip(), injection));
    }

    private void ofTheRequest() {
        add(LINKED_EVENT_CHAIN_OPEN, ANY, "chain.end=open", it -> it.openChain = true);
        add(LINKED_EVENT_FAILED, ANY, "chain.start=broken", it -> it.brokenChain = true);
        add(IMPORTED_EVENT_NOT_EXPECTED, NOT_IMPORTED, "imported=odd timestamp=any", it -> {
            it.transfer.set(Transfer.IMPORTED, true);
            it.transfer.timestamp = 5;
        });
        add(
                IMPORTED_EVENT_NOT_EXPECTED,
                NOT_IMPORTED,
                "imported=odd timestamp=none",
                it -> it.transfer.set(Transfer.IMPORTED, true));
        add(IMPORTED_EVENT_EXPECTED, IMPORTED, "imported=odd", it -> it.transfer.set(Transfer.IMPORTED, false));
        String asDue = "imported=as-due ";
        add(IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE, IMPORTED, asDue + "timestamp=0", it -> it.transfer.timestamp = 0);
        add(
                IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE,
                IMPORTED,
                asDue + "timestamp=2^63",
                it -> it.transfer.timestamp = Long.MIN_VALUE);
        add(
                IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE,
                IMPORTED,
                asDue + "timestamp=2^64-1",
                it -> it.transfer.timestamp = -1);
        add(
                IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE,
                IMPORTED,
                asDue + "timestamp=batch",
                it -> it.timestampOfBatch = true);
        add(
                IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE,
                IMPORTED,
                asDue + "timestamp=max",
                it -> it.transfer.timestamp = Long.MAX_VALUE);
        add(TIMESTAMP_MUST_BE_ZERO, NOT_IMPORTED, "imported=as-due timestamp=1", it -> it.transfer.timestamp = 1);
        add(TIMESTAMP_MUST_BE_ZERO, NOT_IMPORTED, "imported=as-due timestamp=2^64-1", it -> it.transfer.timestamp = -1);
        add(RESERVED_FLAG, ANY, "reserved=9", it -> it.transfer.set(1 << 9, true));
        add(RESERVED_FLAG, ANY, "reserved=15", it -> it.transfer.set(1 << 15, true));
    }

    private void ofTheId() {
        add(ID_MUST_NOT_BE_ZERO, ANY, "id=0", it -> it.transfer.id = U128.ZERO);
        add(ID_MUST_NOT_BE_INT_MAX, ANY, "id=max", it -> it.transfer.id = U128.MAX);
        twin(
                EXISTS_WITH_DIFFERENT_FLAGS,
                BOOKING,
                "flags.balancing=on",
                it -> it.transfer.set(Transfer.BALANCING_DEBIT, true));
        twin(
                EXISTS_WITH_DIFFERENT_FLAGS,
                RESOLVING,
                "flags.kind=other",
                it -> it.transfer.flags ^= Transfer.POST | Transfer.VOID);
        twin(
                EXISTS_WITH_DIFFERENT_PENDING_ID,
                RESOLVING,
                "pendingId=other",
                it -> it.transfer.pendingId = U128.of(it.id(80)));
        twin(EXISTS_WITH_DIFFERENT_TIMEOUT, PENDING, "timeout=5", it -> it.transfer.timeout = 5);
        twin(
                EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID,
                ANY,
                "debitId=3",
                it -> it.transfer.debitAccountId = U128.of(it.id(3)));
        twin(
                EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID,
                ANY,
                "creditId=4",
                it -> it.transfer.creditAccountId = U128.of(it.id(4)));
        twin(EXISTS_WITH_DIFFERENT_AMOUNT, ANY, "amount=7", it -> it.transfer.amount = U128.of(7));
        twin(EXISTS_WITH_DIFFERENT_USER_DATA_128, ANY, "userData128=1", it -> it.transfer.userData128 = U128.of(1, 0));
        twin(EXISTS_WITH_DIFFERENT_USER_DATA_64, ANY, "userData64=1", it -> it.transfer.userData64 = Long.MIN_VALUE);
        twin(EXISTS_WITH_DIFFERENT_USER_DATA_32, ANY, "userData32=1", it -> it.transfer.userData32 = 1);
        twin(EXISTS_WITH_DIFFERENT_LEDGER, ANY, "ledger=7", it -> it.transfer.ledger = 7);
        twin(EXISTS_WITH_DIFFERENT_CODE, ANY, "code=7", it -> it.transfer.code = 7);
        twin(EXISTS, ANY, "", _ -> {});
        add(ID_ALREADY_FAILED, ANY, "history=orphan id=own", it -> it.orphan = true);
    }

    private void twin(
            TransferStatus status,
            Predicate<TransferRehearsal> fits,
            String claims,
            Consumer<TransferRehearsal> injection) {
        Consumer<TransferRehearsal> twin = it -> it.twin = true;
        add(status, fits, TWIN + claims, twin.andThen(injection));
    }

    private void ofResolving() {
        add(
                FLAGS_ARE_MUTUALLY_EXCLUSIVE,
                RESOLVING,
                "flags.kind=both",
                it -> it.transfer.flags |= Transfer.POST | Transfer.VOID);
        for (int other : new int[] {
            Transfer.PENDING,
            Transfer.BALANCING_DEBIT,
            Transfer.BALANCING_CREDIT,
            Transfer.CLOSING_DEBIT,
            Transfer.CLOSING_CREDIT
        }) {
            add(FLAGS_ARE_MUTUALLY_EXCLUSIVE, RESOLVING, "flags.other=" + other, it -> it.transfer.set(other, true));
        }
        add(PENDING_ID_MUST_NOT_BE_ZERO, RESOLVING, "pendingId=0", it -> it.transfer.pendingId = U128.ZERO);
        add(PENDING_ID_MUST_NOT_BE_INT_MAX, RESOLVING, "pendingId=max", it -> it.transfer.pendingId = U128.MAX);
        add(PENDING_ID_MUST_BE_DIFFERENT, RESOLVING, "pendingId=own", it -> it.transfer.pendingId = it.transfer.id);
        add(TIMEOUT_RESERVED_FOR_PENDING_TRANSFER, RESOLVING, "timeout=1", it -> it.transfer.timeout = 1);
        add(
                PENDING_TRANSFER_NOT_FOUND,
                RESOLVING,
                "pendingId=unknown",
                it -> it.transfer.pendingId = U128.of(it.id(81)));
        add(PENDING_TRANSFER_NOT_PENDING, RESOLVING, "pending=single", it -> it.pending.flags = 0);
        String named = "pendingId=right ";
        add(
                PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID,
                RESOLVING,
                "debitId=3",
                it -> it.transfer.debitAccountId = U128.of(it.id(3)));
        add(
                PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID,
                RESOLVING,
                "debitId=max",
                it -> it.transfer.debitAccountId = U128.MAX);
        add(
                PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID,
                RESOLVING,
                "creditId=4",
                it -> it.transfer.creditAccountId = U128.of(it.id(4)));
        add(PENDING_TRANSFER_HAS_DIFFERENT_LEDGER, RESOLVING, "ledger=2", it -> it.transfer.ledger = 2);
        add(PENDING_TRANSFER_HAS_DIFFERENT_CODE, RESOLVING, "code=2", it -> it.transfer.code = 2);
        add(EXCEEDS_PENDING_TRANSFER_AMOUNT, RESOLVING, "amount=11", it -> it.transfer.amount = U128.of(11));
        add(
                EXCEEDS_PENDING_TRANSFER_AMOUNT,
                POST,
                "amount=max-1",
                it -> it.transfer.amount = U128.MAX.subtract(U128.of(1)));
        add(EXCEEDS_PENDING_TRANSFER_AMOUNT, VOID, "amount=max", it -> it.transfer.amount = U128.MAX);
        add(PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT, VOID, "amount=9", it -> it.transfer.amount = U128.of(9));
        add(PENDING_TRANSFER_ALREADY_POSTED, RESOLVING, named + "pending=posted", it -> it.fate = Fate.POSTED);
        add(PENDING_TRANSFER_ALREADY_VOIDED, RESOLVING, named + "pending=voided", it -> it.fate = Fate.VOIDED);
        add(PENDING_TRANSFER_EXPIRED, RESOLVING, named + "pending=expired", it -> {
            it.fate = Fate.EXPIRED;
            it.pending.timeout = 1;
        });
        add(PENDING_TRANSFER_EXPIRED, RESOLVING, named + "pending=due", it -> {
            it.fate = Fate.DUE;
            it.pending.timeout = 1;
        });
    }

    private void ofBooking() {
        add(DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO, BOOKING, "debitId=0", it -> it.transfer.debitAccountId = U128.ZERO);
        add(DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX, BOOKING, "debitId=max", it -> it.transfer.debitAccountId = U128.MAX);
        add(CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO, BOOKING, "creditId=0", it -> it.transfer.creditAccountId = U128.ZERO);
        add(
                CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX,
                BOOKING,
                "creditId=max",
                it -> it.transfer.creditAccountId = U128.MAX);
        add(ACCOUNTS_MUST_BE_DIFFERENT, BOOKING, "creditId=same", it -> it.sameAccounts = true);
        add(PENDING_ID_MUST_BE_ZERO, BOOKING, "pendingId=some", it -> it.transfer.pendingId = U128.of(it.id(82)));
        add(PENDING_ID_MUST_BE_ZERO, BOOKING, "pendingId=max", it -> it.transfer.pendingId = U128.MAX);
        add(TIMEOUT_RESERVED_FOR_PENDING_TRANSFER, SINGLE, "timeout=1", it -> it.transfer.timeout = 1);
        add(
                CLOSING_TRANSFER_MUST_BE_PENDING,
                SINGLE,
                "flags.closing=debit",
                it -> it.transfer.set(Transfer.CLOSING_DEBIT, true));
        add(
                CLOSING_TRANSFER_MUST_BE_PENDING,
                SINGLE,
                "flags.closing=credit",
                it -> it.transfer.set(Transfer.CLOSING_CREDIT, true));
        add(LEDGER_MUST_NOT_BE_ZERO, BOOKING, "ledger=0", it -> it.transfer.ledger = 0);
        add(CODE_MUST_NOT_BE_ZERO, BOOKING, "code=0", it -> it.transfer.code = 0);
        add(IMPORTED_EVENT_TIMEOUT_MUST_BE_ZERO, IMPORTED.and(PENDING), "timeout=1", it -> it.transfer.timeout = 1);
        add(OVERFLOWS_TIMEOUT, NOT_IMPORTED.and(PENDING), "timeout=max", it -> it.transfer.timeout = 0xFFFFFFFFL);
    }

    private void ofAccounts() {
        add(DEBIT_ACCOUNT_NOT_FOUND, BOOKING, "debit=missing debitId=own", it -> it.debit.missing = true);
        add(CREDIT_ACCOUNT_NOT_FOUND, BOOKING, "credit=missing creditId=own", it -> it.credit.missing = true);
        add(
                ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER,
                BOOKING,
                "debit=there credit=there credit.ledger=2",
                it -> it.credit.ledger = 2);
        add(TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS, BOOKING, "ledger=3", it -> it.transfer.ledger = 3);
        add(
                IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS,
                IMPORTED,
                "timestamp=own newer=transfer",
                it -> it.newerTransfer = true);
        add(
                IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS,
                IMPORTED,
                "timestamp=own moment=account",
                it -> it.accountAtItsTime = true);
        add(
                IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_DEBIT_ACCOUNT,
                IMPORTED.and(BOOKING),
                "timestamp=own debit=there debit.age=young",
                it -> it.debit.young = true);
        add(
                IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_CREDIT_ACCOUNT,
                IMPORTED.and(BOOKING),
                "timestamp=own credit=there credit.age=young",
                it -> it.credit.young = true);
        add(DEBIT_ACCOUNT_ALREADY_CLOSED, BOOKING, DEBIT + "debitId=own", it -> it.debit.closed = true);
        add(CREDIT_ACCOUNT_ALREADY_CLOSED, BOOKING, CREDIT + "creditId=own", it -> it.credit.closed = true);
        add(DEBIT_ACCOUNT_ALREADY_CLOSED, POST, DEBIT, it -> it.debit.closed = true);
        add(CREDIT_ACCOUNT_ALREADY_CLOSED, POST, CREDIT, it -> it.credit.closed = true);
    }

    private void ofLimits() {
        String debit = DEBIT + "debitId=own ";
        String credit = CREDIT + "creditId=own ";
        Consumer<TransferRehearsal> all = it -> it.transfer.amount = U128.MAX;
        Consumer<TransferRehearsal> debitPending = it -> it.debit.somePending = true;
        Consumer<TransferRehearsal> creditPending = it -> it.credit.somePending = true;
        Consumer<TransferRehearsal> debitPosted = it -> it.debit.somePosted = true;
        Consumer<TransferRehearsal> creditPosted = it -> it.credit.somePosted = true;
        add(OVERFLOWS_DEBITS_PENDING, PENDING, debit + "amount=max", all.andThen(debitPending));
        add(OVERFLOWS_CREDITS_PENDING, PENDING, credit + "amount=max", all.andThen(creditPending));
        add(OVERFLOWS_DEBITS_POSTED, BOOKING, debit + "amount=max", all.andThen(debitPosted));
        add(OVERFLOWS_CREDITS_POSTED, BOOKING, credit + "amount=max", all.andThen(creditPosted));
        add(OVERFLOWS_DEBITS, SINGLE, debit + "amount=max", all.andThen(debitPending));
        add(OVERFLOWS_CREDITS, SINGLE, credit + "amount=max", all.andThen(creditPending));
        add(EXCEEDS_CREDITS, BOOKING, debit + "amount=max", all.andThen(it -> it.debit.limited = true));
        add(EXCEEDS_CREDITS, BOOKING, debit + "amount=10", it -> it.debit.limited = true);
        add(EXCEEDS_DEBITS, BOOKING, credit + "amount=max", all.andThen(it -> it.credit.limited = true));
        add(EXCEEDS_DEBITS, BOOKING, credit + "amount=10", it -> it.credit.limited = true);
    }
}
