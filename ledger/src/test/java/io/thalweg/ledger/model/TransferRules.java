package io.thalweg.ledger.model;

import static io.thalweg.ledger.model.TransferStatus.ACCOUNTS_MUST_BE_DIFFERENT;
import static io.thalweg.ledger.model.TransferStatus.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
import static io.thalweg.ledger.model.TransferStatus.CLOSING_TRANSFER_MUST_BE_PENDING;
import static io.thalweg.ledger.model.TransferStatus.CODE_MUST_NOT_BE_ZERO;
import static io.thalweg.ledger.model.TransferStatus.CREATED;
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

import java.math.BigInteger;

/** Creating a transfer: section 1, "create_transfers — order of checks", its amounts, its rules of existence and closing. */
record TransferRules(State state) implements Rules<Transfer, TransferStatus> {
    @Override
    public boolean isLinked(Transfer event) {
        return event.has(Transfer.LINKED);
    }

    @Override
    public boolean isImported(Transfer event) {
        return event.has(Transfer.IMPORTED);
    }

    @Override
    public long timestamp(Transfer event) {
        return event.timestamp();
    }

    @Override
    public Common<TransferStatus> common() {
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
    public int number(TransferStatus status) {
        return status.code;
    }

    @Override
    public void failed(Transfer event, TransferStatus status) {
        if (status.isTransient()) {
            state.addOrphan(event.id());
        }
    }

    @Override
    public Verdict<TransferStatus> check(Transfer t, long tick) {
        TransferStatus status = status(t, tick);
        long timestamp = switch (status) {
            case EXISTS, CREATED -> state.existingTransfer(t.id()).timestamp();
            default -> tick;
        };
        return new Verdict<>(status, timestamp);
    }

    private TransferStatus status(Transfer t, long tick) {
        if ((t.flags() & ~Transfer.ALL_FLAGS) != 0) {
            return RESERVED_FLAG;
        }
        if (U128.isZero(t.id())) {
            return ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(t.id())) {
            return ID_MUST_NOT_BE_INT_MAX;
        }
        Transfer stored = state.transfer(t.id());
        if (stored != null) {
            return compare(t, stored);
        }
        if (state.isOrphan(t.id())) {
            return ID_ALREADY_FAILED;
        }
        return resolves(t) ? resolve(t, tick) : book(t, tick);
    }

    private static boolean resolves(Transfer t) {
        return t.has(Transfer.POST) || t.has(Transfer.VOID);
    }

    private TransferStatus compare(Transfer t, Transfer e) {
        if (t.flags() != e.flags()) {
            return EXISTS_WITH_DIFFERENT_FLAGS;
        }
        if (!t.pendingId().equals(e.pendingId())) {
            return EXISTS_WITH_DIFFERENT_PENDING_ID;
        }
        if (t.timeout() != e.timeout()) {
            return EXISTS_WITH_DIFFERENT_TIMEOUT;
        }
        return resolves(t) ? compareResolving(t, e) : compareBooking(t, e);
    }

    private static TransferStatus compareBooking(Transfer t, Transfer e) {
        boolean balancing = t.has(Transfer.BALANCING_DEBIT) || t.has(Transfer.BALANCING_CREDIT);
        boolean sameAmount =
                balancing ? t.amount().compareTo(e.amount()) >= 0 : t.amount().equals(e.amount());
        if (!t.debitAccountId().equals(e.debitAccountId())) {
            return EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID;
        }
        if (!t.creditAccountId().equals(e.creditAccountId())) {
            return EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID;
        }
        if (!sameAmount) {
            return EXISTS_WITH_DIFFERENT_AMOUNT;
        }
        if (!t.userData128().equals(e.userData128())) {
            return EXISTS_WITH_DIFFERENT_USER_DATA_128;
        }
        if (t.userData64() != e.userData64()) {
            return EXISTS_WITH_DIFFERENT_USER_DATA_64;
        }
        if (t.userData32() != e.userData32()) {
            return EXISTS_WITH_DIFFERENT_USER_DATA_32;
        }
        if (t.ledger() != e.ledger()) {
            return EXISTS_WITH_DIFFERENT_LEDGER;
        }
        if (t.code() != e.code()) {
            return EXISTS_WITH_DIFFERENT_CODE;
        }
        return EXISTS;
    }

    /** Fields that may be left 0 then mean what the pending transfer has. */
    private TransferStatus compareResolving(Transfer t, Transfer e) {
        Transfer p = state.existingTransfer(e.pendingId());
        if (!U128.isZero(t.debitAccountId()) && !t.debitAccountId().equals(e.debitAccountId())) {
            return EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID;
        }
        if (!U128.isZero(t.creditAccountId()) && !t.creditAccountId().equals(e.creditAccountId())) {
            return EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID;
        }
        if (!requestedAmount(t, p).equals(e.amount())) {
            return EXISTS_WITH_DIFFERENT_AMOUNT;
        }
        if (!(U128.isZero(t.userData128()) ? p : t).userData128().equals(e.userData128())) {
            return EXISTS_WITH_DIFFERENT_USER_DATA_128;
        }
        if ((t.userData64() == 0 ? p : t).userData64() != e.userData64()) {
            return EXISTS_WITH_DIFFERENT_USER_DATA_64;
        }
        if ((t.userData32() == 0 ? p : t).userData32() != e.userData32()) {
            return EXISTS_WITH_DIFFERENT_USER_DATA_32;
        }
        if (t.ledger() != 0 && t.ledger() != e.ledger()) {
            return EXISTS_WITH_DIFFERENT_LEDGER;
        }
        if (t.code() != 0 && t.code() != e.code()) {
            return EXISTS_WITH_DIFFERENT_CODE;
        }
        return EXISTS;
    }

    /** What a post or a void of {@code p} moves: everything if the amount is the sentinel. */
    private static BigInteger requestedAmount(Transfer t, Transfer p) {
        boolean all = t.has(Transfer.VOID) ? U128.isZero(t.amount()) : U128.isMax(t.amount());
        return all ? p.amount() : t.amount();
    }

    // ---- single and pending

    private TransferStatus book(Transfer t, long tick) {
        if (U128.isZero(t.debitAccountId())) {
            return DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(t.debitAccountId())) {
            return DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
        }
        if (U128.isZero(t.creditAccountId())) {
            return CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(t.creditAccountId())) {
            return CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX;
        }
        if (t.debitAccountId().equals(t.creditAccountId())) {
            return ACCOUNTS_MUST_BE_DIFFERENT;
        }
        if (!U128.isZero(t.pendingId())) {
            return PENDING_ID_MUST_BE_ZERO;
        }
        boolean pending = t.has(Transfer.PENDING);
        if (!pending && t.timeout() != 0) {
            return TIMEOUT_RESERVED_FOR_PENDING_TRANSFER;
        }
        if (!pending && (t.has(Transfer.CLOSING_DEBIT) || t.has(Transfer.CLOSING_CREDIT))) {
            return CLOSING_TRANSFER_MUST_BE_PENDING;
        }
        if (t.ledger() == 0) {
            return LEDGER_MUST_NOT_BE_ZERO;
        }
        if (t.code() == 0) {
            return CODE_MUST_NOT_BE_ZERO;
        }
        Account debit = state.account(t.debitAccountId());
        if (debit == null) {
            return DEBIT_ACCOUNT_NOT_FOUND;
        }
        Account credit = state.account(t.creditAccountId());
        if (credit == null) {
            return CREDIT_ACCOUNT_NOT_FOUND;
        }
        if (debit.ledger() != credit.ledger()) {
            return ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
        }
        if (t.ledger() != debit.ledger()) {
            return TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS;
        }
        if (t.has(Transfer.IMPORTED)) {
            if (regresses(t)) {
                return IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
            }
            if (t.timestamp() <= debit.timestamp()) {
                return IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_DEBIT_ACCOUNT;
            }
            if (t.timestamp() <= credit.timestamp()) {
                return IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_CREDIT_ACCOUNT;
            }
            if (t.timeout() != 0) {
                return IMPORTED_EVENT_TIMEOUT_MUST_BE_ZERO;
            }
        }
        if (debit.has(Account.CLOSED)) {
            return DEBIT_ACCOUNT_ALREADY_CLOSED;
        }
        if (credit.has(Account.CLOSED)) {
            return CREDIT_ACCOUNT_ALREADY_CLOSED;
        }
        BigInteger amount = balancedAmount(t, debit, credit);
        TransferStatus limit = limit(t, amount, debit, credit, tick);
        if (limit != CREATED) {
            return limit;
        }
        Transfer stored = t.with(it -> {
            it.amount = amount;
            it.timestamp = t.has(Transfer.IMPORTED) ? t.timestamp() : tick;
        });
        Account debitAfter = debit.with(it -> {
            if (pending) {
                it.debitsPending = debit.debitsPending().add(amount);
            } else {
                it.debitsPosted = debit.debitsPosted().add(amount);
            }
            if (t.has(Transfer.CLOSING_DEBIT)) {
                it.set(Account.CLOSED, true);
            }
        });
        Account creditAfter = credit.with(it -> {
            if (pending) {
                it.creditsPending = credit.creditsPending().add(amount);
            } else {
                it.creditsPosted = credit.creditsPosted().add(amount);
            }
            if (t.has(Transfer.CLOSING_CREDIT)) {
                it.set(Account.CLOSED, true);
            }
        });
        commit(stored, pending ? ChangeEvent.Kind.PENDING : ChangeEvent.Kind.SINGLE, debitAfter, creditAfter);
        return CREATED;
    }

    private static BigInteger balancedAmount(Transfer t, Account debit, Account credit) {
        BigInteger amount = t.amount();
        if (t.has(Transfer.BALANCING_DEBIT)) {
            BigInteger available =
                    debit.creditsPosted().subtract(debit.debitsPosted().add(debit.debitsPending()));
            amount = amount.min(available.max(U128.ZERO));
        }
        if (t.has(Transfer.BALANCING_CREDIT)) {
            BigInteger available =
                    credit.debitsPosted().subtract(credit.creditsPosted().add(credit.creditsPending()));
            amount = amount.min(available.max(U128.ZERO));
        }
        return amount;
    }

    /** {@link TransferStatus#CREATED} if nothing overflows and no limit is exceeded. */
    private static TransferStatus limit(Transfer t, BigInteger amount, Account debit, Account credit, long tick) {
        BigInteger debits = debit.debitsPending().add(debit.debitsPosted()).add(amount);
        BigInteger credits = credit.creditsPending().add(credit.creditsPosted()).add(amount);
        if (t.has(Transfer.PENDING) && U128.exceeds(debit.debitsPending().add(amount))) {
            return OVERFLOWS_DEBITS_PENDING;
        }
        if (t.has(Transfer.PENDING) && U128.exceeds(credit.creditsPending().add(amount))) {
            return OVERFLOWS_CREDITS_PENDING;
        }
        if (U128.exceeds(debit.debitsPosted().add(amount))) {
            return OVERFLOWS_DEBITS_POSTED;
        }
        if (U128.exceeds(credit.creditsPosted().add(amount))) {
            return OVERFLOWS_CREDITS_POSTED;
        }
        if (U128.exceeds(debits)) {
            return OVERFLOWS_DEBITS;
        }
        if (U128.exceeds(credits)) {
            return OVERFLOWS_CREDITS;
        }
        BigInteger expiry = U128.of(tick).add(U128.of(t.timeout()).multiply(U128.of(1_000_000_000)));
        if (expiry.compareTo(U128.of(Long.MAX_VALUE)) > 0) {
            return OVERFLOWS_TIMEOUT;
        }
        if (debit.has(Account.DEBITS_MUST_NOT_EXCEED_CREDITS) && debits.compareTo(debit.creditsPosted()) > 0) {
            return EXCEEDS_CREDITS;
        }
        if (credit.has(Account.CREDITS_MUST_NOT_EXCEED_DEBITS) && credits.compareTo(credit.debitsPosted()) > 0) {
            return EXCEEDS_DEBITS;
        }
        return CREATED;
    }

    /** Whether an imported transfer's time is not after all transfers, or is taken: timestamps are unique over all objects. */
    private boolean regresses(Transfer t) {
        return t.timestamp() <= state.newestTransferTimestamp()
                || state.accountHasTimestamp(t.timestamp())
                || state.expiryHasTimestamp(t.timestamp());
    }

    // ---- post and void

    private TransferStatus resolve(Transfer t, long tick) {
        boolean post = t.has(Transfer.POST);
        int others = Transfer.PENDING
                | Transfer.BALANCING_DEBIT
                | Transfer.BALANCING_CREDIT
                | Transfer.CLOSING_DEBIT
                | Transfer.CLOSING_CREDIT;
        if ((post && t.has(Transfer.VOID)) || t.has(others)) {
            return FLAGS_ARE_MUTUALLY_EXCLUSIVE;
        }
        if (U128.isZero(t.pendingId())) {
            return PENDING_ID_MUST_NOT_BE_ZERO;
        }
        if (U128.isMax(t.pendingId())) {
            return PENDING_ID_MUST_NOT_BE_INT_MAX;
        }
        if (t.pendingId().equals(t.id())) {
            return PENDING_ID_MUST_BE_DIFFERENT;
        }
        if (t.timeout() != 0) {
            return TIMEOUT_RESERVED_FOR_PENDING_TRANSFER;
        }
        Transfer p = state.transfer(t.pendingId());
        if (p == null) {
            return PENDING_TRANSFER_NOT_FOUND;
        }
        if (!p.has(Transfer.PENDING)) {
            return PENDING_TRANSFER_NOT_PENDING;
        }
        if (!U128.isZero(t.debitAccountId()) && !t.debitAccountId().equals(p.debitAccountId())) {
            return PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID;
        }
        if (!U128.isZero(t.creditAccountId()) && !t.creditAccountId().equals(p.creditAccountId())) {
            return PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID;
        }
        if (t.ledger() != 0 && t.ledger() != p.ledger()) {
            return PENDING_TRANSFER_HAS_DIFFERENT_LEDGER;
        }
        if (t.code() != 0 && t.code() != p.code()) {
            return PENDING_TRANSFER_HAS_DIFFERENT_CODE;
        }
        BigInteger amount = requestedAmount(t, p);
        if (amount.compareTo(p.amount()) > 0) {
            return EXCEEDS_PENDING_TRANSFER_AMOUNT;
        }
        if (!post && amount.compareTo(p.amount()) < 0) {
            return PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT;
        }
        State.PendingStatus status = state.pendingStatus(p.id());
        if (status == State.PendingStatus.POSTED) {
            return PENDING_TRANSFER_ALREADY_POSTED;
        }
        if (status == State.PendingStatus.VOIDED) {
            return PENDING_TRANSFER_ALREADY_VOIDED;
        }
        if (status == State.PendingStatus.EXPIRED || p.expiresAt() <= tick) {
            return PENDING_TRANSFER_EXPIRED;
        }
        if (t.has(Transfer.IMPORTED) && regresses(t)) {
            return IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS;
        }
        Account debit = state.existingAccount(p.debitAccountId());
        Account credit = state.existingAccount(p.creditAccountId());
        if (post && debit.has(Account.CLOSED)) {
            return DEBIT_ACCOUNT_ALREADY_CLOSED;
        }
        if (post && credit.has(Account.CLOSED)) {
            return CREDIT_ACCOUNT_ALREADY_CLOSED;
        }
        Transfer stored = t.with(it -> {
            it.debitAccountId = p.debitAccountId();
            it.creditAccountId = p.creditAccountId();
            it.amount = amount;
            it.userData128 = (U128.isZero(t.userData128()) ? p : t).userData128();
            it.userData64 = (t.userData64() == 0 ? p : t).userData64();
            it.userData32 = (t.userData32() == 0 ? p : t).userData32();
            it.ledger = p.ledger();
            it.code = p.code();
            it.timestamp = t.has(Transfer.IMPORTED) ? t.timestamp() : tick;
        });
        Account debitAfter = released(p, debit).with(it -> {
            if (post) {
                it.debitsPosted = debit.debitsPosted().add(amount);
            }
        });
        Account creditAfter = released(p, credit).with(it -> {
            if (post) {
                it.creditsPosted = credit.creditsPosted().add(amount);
            }
        });
        state.setPending(p, post ? State.PendingStatus.POSTED : State.PendingStatus.VOIDED);
        commit(stored, post ? ChangeEvent.Kind.POSTED : ChangeEvent.Kind.VOIDED, debitAfter, creditAfter);
        return CREATED;
    }

    /**
     * An account of a pending transfer once that holds nothing any more, and no longer closed by it. (A transfer that closes is
     * never posted, since its account is closed.)
     */
    private static Account released(Transfer p, Account account) {
        boolean debit = p.debitAccountId().equals(account.id());
        return account.with(it -> {
            if (debit) {
                it.debitsPending = account.debitsPending().subtract(p.amount());
            } else {
                it.creditsPending = account.creditsPending().subtract(p.amount());
            }
            if (p.has(debit ? Transfer.CLOSING_DEBIT : Transfer.CLOSING_CREDIT)) {
                it.set(Account.CLOSED, false);
            }
        });
    }

    private void commit(Transfer stored, ChangeEvent.Kind kind, Account debit, Account credit) {
        state.changeAccount(debit);
        state.changeAccount(credit);
        state.addTransfer(stored);
        state.addEvent(new ChangeEvent(stored.timestamp(), kind, stored, debit, credit));
    }

    /** Lets a pending transfer expire, at a tick of its own. */
    void expire(Transfer p, long tick) {
        Account debit = released(p, state.existingAccount(p.debitAccountId()));
        Account credit = released(p, state.existingAccount(p.creditAccountId()));
        state.changeAccount(debit);
        state.changeAccount(credit);
        state.setPending(p, State.PendingStatus.EXPIRED);
        state.addEvent(new ChangeEvent(tick, ChangeEvent.Kind.EXPIRED, p, debit, credit));
    }
}
