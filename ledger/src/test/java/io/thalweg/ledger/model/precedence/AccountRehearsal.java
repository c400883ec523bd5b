package io.thalweg.ledger.model.precedence;

import io.thalweg.ledger.model.Account;
import io.thalweg.ledger.model.AccountStatus;
import io.thalweg.ledger.model.Stage;
import io.thalweg.ledger.model.Transfer;
import io.thalweg.ledger.model.U128;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One account that would be created, and all around it that may go wrong; the counterpart of {@link TransferRehearsal}, with the
 * same way through time.
 */
final class AccountRehearsal {
    final boolean imported;
    private final Stage stage;
    private final long ids;
    private final long start;
    private final Account faultless;
    final Account.Draft account;

    boolean openChain;
    boolean brokenChain;
    boolean timestampOfBatch;
    boolean twin;
    boolean newerAccount;
    boolean transferAtItsTime;

    AccountRehearsal(boolean imported, Stage stage) {
        this.imported = imported;
        this.stage = stage;
        ids = stage.nextIds();
        start = stage.now() + Stage.SECOND;
        faultless = Account.of(ids + 1, 1, 1).with(it -> {
            it.set(Account.IMPORTED, imported);
            it.timestamp = imported ? start + 5 * Stage.SECOND : 0;
        });
        account = new Account.Draft(faultless);
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

    /** The number of the status that the book reports. */
    int perform() {
        stage.waitUntil(start);
        stage.createAccounts(List.of(Account.of(ids + 3, 1, 1), Account.of(ids + 4, 1, 1)));
        if (transferAtItsTime) {
            stage.waitUntil(account.timestamp - 1);
            stage.createTransfer(Transfer.of(ids + 5, ids + 3, ids + 4, 1, 1, 1));
        }
        stage.waitUntil(start + 10 * Stage.SECOND);
        if (twin) {
            List<Account> request = new ArrayList<>();
            request.add(faultless.with(it -> it.set(Account.LINKED, openChain)));
            if (openChain) {
                request.add(Account.of(ids + 6, 1, 1).with(it -> {
                    it.set(Account.IMPORTED, imported);
                    it.timestamp = imported ? faultless.timestamp() + 1 : 0;
                }));
            }
            stage.createAccounts(request);
        }
        if (newerAccount) {
            stage.createAccounts(List.of(Account.of(ids + 7, 1, 1)));
        }
        Account first = Account.of(ids + 8, 1, 1).with(it -> {
            it.set(Account.IMPORTED, imported);
            it.timestamp = imported ? start + Stage.SECOND : 0;
            if (brokenChain) {
                it.id = U128.ZERO;
                it.set(Account.LINKED, true);
            }
        });
        account.set(Account.LINKED, openChain);
        if (timestampOfBatch) {
            account.timestamp = stage.now() + 2;
        }
        return stage.askAccounts(List.of(first, account.account())).get(1).code();
    }

    /** What the comparison with the twin has to say of fields that are not the same, or that it exists. */
    List<AccountStatus> comparison() {
        Account a = account.account();
        Account e = faultless.with(it -> it.set(Account.LINKED, openChain));
        List<AccountStatus> found = new ArrayList<>();
        Consumer<AccountStatus> add = found::add;
        compare(a.flags(), e.flags(), AccountStatus.EXISTS_WITH_DIFFERENT_FLAGS, add);
        compare(a.userData128(), e.userData128(), AccountStatus.EXISTS_WITH_DIFFERENT_USER_DATA_128, add);
        compare(a.userData64(), e.userData64(), AccountStatus.EXISTS_WITH_DIFFERENT_USER_DATA_64, add);
        compare(a.userData32(), e.userData32(), AccountStatus.EXISTS_WITH_DIFFERENT_USER_DATA_32, add);
        compare(a.ledger(), e.ledger(), AccountStatus.EXISTS_WITH_DIFFERENT_LEDGER, add);
        compare(a.code(), e.code(), AccountStatus.EXISTS_WITH_DIFFERENT_CODE, add);
        found.add(AccountStatus.EXISTS);
        return found;
    }

    private static void compare(Object left, Object right, AccountStatus status, Consumer<AccountStatus> add) {
        if (!left.equals(right)) {
            add.accept(status);
        }
    }
}
