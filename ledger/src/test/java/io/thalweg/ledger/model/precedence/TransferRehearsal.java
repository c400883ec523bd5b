package io.thalweg.ledger.model.precedence;

import io.thalweg.ledger.model.Account;
import io.thalweg.ledger.model.Stage;
import io.thalweg.ledger.model.Transfer;
import io.thalweg.ledger.model.TransferStatus;
import io.thalweg.ledger.model.U128;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One transfer that would succeed, and all around it that may go wrong. Faults are injected into the fields; {@link #perform} then
 * makes the book what the fields say and puts the transfer to it. The way through time, in seconds: at 0 accounts, balances and
 * what became of the pending transfer; 5 is an imported transfer's own time; at 10 the transfer is asked for.
 */
final class TransferRehearsal {
    enum Role {
        SINGLE,
        PENDING,
        POST,
        VOID
    }

    /** What has become of a pending transfer when it is to be resolved. */
    enum Fate {
        WAITING,
        POSTED,
        VOIDED,
        EXPIRED,
        DUE
    }

    final Role role;
    final boolean imported;
    private final Stage stage;
    private final long ids;
    private final long start;
    private final Transfer faultless;

    /** The transfer asked for, but for what the fields below say of it. */
    final Transfer.Draft transfer;

    boolean openChain;
    boolean brokenChain;
    boolean sameAccounts;
    boolean timestampOfBatch;

    boolean twin;
    boolean orphan;
    final Side debit = new Side();
    final Side credit = new Side();
    boolean newerTransfer;
    boolean accountAtItsTime;

    /** What a post or a void resolves. */
    final Transfer.Draft pending;

    Fate fate = Fate.WAITING;

    /** One of the two accounts. */
    static final class Side {
        boolean missing;
        boolean closed;

        /** Created after an imported transfer's own time. */
        boolean young;

        long ledger = 1;

        /** Its debits must not exceed its credits, or the other way round on the credit side, and it has little left. */
        boolean limited;

        /** One unit is pending, on the account's own side of the transfer. */
        boolean somePending;

        /** One unit is posted, on the account's own side of the transfer. */
        boolean somePosted;
    }

    TransferRehearsal(Role role, boolean imported, Stage stage) {
        this.role = role;
        this.imported = imported;
        this.stage = stage;
        ids = stage.nextIds();
        start = stage.now() + Stage.SECOND;
        pending =
                new Transfer.Draft(Transfer.of(id(10), id(1), id(2), 10, 1, 1).with(it -> it.flags = Transfer.PENDING));
        faultless = Transfer.of(id(20), id(1), id(2), 10, 1, 1).with(it -> {
            it.flags = switch (role) {
                case SINGLE -> 0;
                case PENDING -> Transfer.PENDING;
                case POST -> Transfer.POST;
                case VOID -> Transfer.VOID;
            };
            it.pendingId = resolves() ? pending.id : U128.ZERO;
            it.set(Transfer.IMPORTED, imported);
            it.timestamp = imported ? start + 5 * Stage.SECOND : 0;
        });
        transfer = new Transfer.Draft(faultless);
    }

    /** 1 is the debit account, 2 the credit account, 3 to 6 are other accounts, 6 of another ledger; from 10 on transfers. */
    long id(int i) {
        return ids + i;
    }

    boolean resolves() {
        return role == Role.POST || role == Role.VOID;
    }

    /** True of each rehearsal. */
    boolean any() {
        return true;
    }

    boolean isImported() {
        return imported;
    }

    boolean isNotImported() {
        return !imported;
    }

    boolean isSingle() {
        return role == Role.SINGLE;
    }

    boolean isPending() {
        return role == Role.PENDING;
    }

    boolean isPost() {
        return role == Role.POST;
    }

    boolean isVoid() {
        return role == Role.VOID;
    }

    boolean books() {
        return !resolves();
    }

    /** The number of the status that the book reports. */
    int perform() {
        stage.waitUntil(start);
        prepareAccounts();
        if (resolves()) {
            stage.createTransfer(pending.transfer());
        }
        prepareFate();
        close(debit, 1);
        close(credit, 2);
        if (orphan) {
            stage.failTransfer(TransferStatus.DEBIT_ACCOUNT_NOT_FOUND, Transfer.of(id(20), id(9), id(3), 1, 1, 1));
        }
        if (accountAtItsTime) {
            stage.waitUntil(transfer.timestamp - 1);
            stage.createAccounts(List.of(Account.of(id(7), 1, 1)));
        }
        stage.waitUntil(start + 10 * Stage.SECOND);
        stage.createAccounts(accounts(true));
        if (newerTransfer) {
            stage.createTransfer(Transfer.of(id(21), id(3), id(4), 1, 1, 1));
        }
        int status = ask();
        if (fate == Fate.DUE) {
            stage.expireOne();
        }
        return status;
    }

    private void prepareAccounts() {
        List<Account> accounts = new ArrayList<>(accounts(false));
        accounts.add(Account.of(id(3), 1, 1));
        accounts.add(Account.of(id(4), 1, 1));
        accounts.add(Account.of(id(5), 1, 1));
        accounts.add(Account.of(id(6), 2, 1));
        stage.createAccounts(accounts);
        prepareBalances(debit, 1);
        prepareBalances(credit, 2);
    }

    private List<Account> accounts(boolean young) {
        List<Account> accounts = new ArrayList<>();
        if (!debit.missing && debit.young == young) {
            accounts.add(Account.of(id(1), debit.ledger, 1)
                    .with(it -> it.set(Account.DEBITS_MUST_NOT_EXCEED_CREDITS, debit.limited)));
        }
        if (!credit.missing && credit.young == young) {
            accounts.add(Account.of(id(2), credit.ledger, 1)
                    .with(it -> it.set(Account.CREDITS_MUST_NOT_EXCEED_DEBITS, credit.limited)));
        }
        return accounts;
    }

    private void prepareBalances(Side side, int account) {
        int toward = account == 1 ? 1 : -1;
        if (side.limited) {
            // Enough for what follows, but for the transfer itself.
            move(side, account, -toward, twin ? 15 : 5, 0);
        }
        if (side.somePending) {
            move(side, account, toward, 1, Transfer.PENDING);
        }
        if (side.somePosted) {
            move(side, account, toward, 1, 0);
        }
    }

    /** @param toward 1 if the account is debited, -1 if it is credited; the other side is an account of the same ledger */
    private void move(Side side, int account, int toward, long amount, int flags) {
        long other = id(side.ledger == 1 ? 5 : 6);
        long from = toward > 0 ? id(account) : other;
        long to = toward > 0 ? other : id(account);
        stage.createTransfer(
                Transfer.of(id(30 + moves++), from, to, amount, side.ledger, 1).with(it -> it.flags = flags));
    }

    private int moves;

    private void prepareFate() {
        switch (fate) {
            case WAITING, DUE -> {}
            case POSTED -> stage.createTransfer(resolution(Transfer.POST, U128.MAX));
            case VOIDED -> stage.createTransfer(resolution(Transfer.VOID, U128.ZERO));
            case EXPIRED -> {
                stage.waitUntil(start + 2 * Stage.SECOND);
                stage.expireOne();
            }
        }
        if (twin) {
            stage.waitUntil(start + 6 * Stage.SECOND);
            Transfer same = faultless.with(it -> it.set(Transfer.LINKED, openChain));
            Transfer endOfChain = Transfer.of(id(22), id(3), id(4), 0, 1, 1).with(it -> {
                it.set(Transfer.IMPORTED, imported);
                it.timestamp = imported ? same.timestamp() + 1 : 0;
            });
            stage.createTransfer(openChain ? new Transfer[] {same, endOfChain} : new Transfer[] {same});
        }
    }

    private Transfer resolution(int flag, BigInteger amount) {
        return Transfer.of(id(23), 0, 0, 0, 0, 0).with(it -> {
            it.flags = flag;
            it.pendingId = pending.id;
            it.amount = amount;
        });
    }

    private void close(Side side, int account) {
        if (side.closed) {
            move(side, account, 1, 0, Transfer.PENDING | Transfer.CLOSING_DEBIT);
        }
    }

    private int ask() {
        boolean importing = imported;
        Transfer first = Transfer.of(id(24), id(3), id(4), 0, 1, 1).with(it -> {
            it.set(Transfer.IMPORTED, importing);
            it.timestamp = importing ? start + Stage.SECOND : 0;
            if (brokenChain) {
                it.id = U128.ZERO;
                it.set(Transfer.LINKED, true);
            }
        });
        transfer.set(Transfer.LINKED, openChain);
        if (sameAccounts) {
            transfer.creditAccountId = transfer.debitAccountId;
        }
        if (timestampOfBatch) {
            transfer.timestamp = stage.now() + 2;
        }
        return stage.askTransfers(List.of(first, transfer.transfer())).get(1).code();
    }

    /** What the comparison with the twin has to say of fields that are not the same, or that it exists. */
    List<TransferStatus> comparison() {
        Transfer t = transfer.transfer();
        Transfer e = faultless.with(it -> it.set(Transfer.LINKED, openChain));
        List<TransferStatus> found = new ArrayList<>();
        Consumer<TransferStatus> add = found::add;
        compare(t.flags(), e.flags(), TransferStatus.EXISTS_WITH_DIFFERENT_FLAGS, add);
        compare(t.pendingId(), e.pendingId(), TransferStatus.EXISTS_WITH_DIFFERENT_PENDING_ID, add);
        compare(t.timeout(), e.timeout(), TransferStatus.EXISTS_WITH_DIFFERENT_TIMEOUT, add);
        compare(t.debitAccountId(), e.debitAccountId(), TransferStatus.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID, add);
        compare(t.creditAccountId(), e.creditAccountId(), TransferStatus.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID, add);
        compare(t.amount(), e.amount(), TransferStatus.EXISTS_WITH_DIFFERENT_AMOUNT, add);
        compare(t.userData128(), e.userData128(), TransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_128, add);
        compare(t.userData64(), e.userData64(), TransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_64, add);
        compare(t.userData32(), e.userData32(), TransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_32, add);
        compare(t.ledger(), e.ledger(), TransferStatus.EXISTS_WITH_DIFFERENT_LEDGER, add);
        compare(t.code(), e.code(), TransferStatus.EXISTS_WITH_DIFFERENT_CODE, add);
        found.add(TransferStatus.EXISTS);
        return found;
    }

    private static void compare(Object left, Object right, TransferStatus status, Consumer<TransferStatus> add) {
        if (!left.equals(right)) {
            add.accept(status);
        }
    }
}
