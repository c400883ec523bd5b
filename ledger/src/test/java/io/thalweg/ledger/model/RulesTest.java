package io.thalweg.ledger.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.store.schema.StoreOptions;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules of the reference page that are worth a name, and differences that were found once. Model and engine alike. */
final class RulesTest {
    private static final long SECOND = Stage.SECOND;
    private static final long START = 1_000 * SECOND;

    private long now = START;
    private long ids = 100;

    static List<Book> books() throws IOException {
        return List.of(new ModelLedger(), new EngineBook(false, StoreOptions.DEFAULT.withBarRecords(8192)));
    }

    @ParameterizedTest
    @MethodSource("books")
    void balancingTakesWhatThereIsAndSucceedsWithNothing(Book book) {
        accounts(book, Account.of(1, 1, 1), Account.of(2, 1, 1));
        assertThat(ask(book, transfer(2, 1, 30))).isEqualTo(TransferStatus.CREATED);
        Transfer all = transfer(1, 2, 0).with(it -> {
            it.flags = Transfer.BALANCING_DEBIT;
            it.amount = U128.MAX;
        });
        assertThat(ask(book, all)).isEqualTo(TransferStatus.CREATED);
        assertThat(stored(book, all).amount()).isEqualTo(U128.of(30));
        Transfer nothing = all.with(it -> it.id = U128.of(++ids));
        assertThat(ask(book, nothing)).isEqualTo(TransferStatus.CREATED);
        assertThat(stored(book, nothing).amount()).isEqualTo(U128.ZERO);

        assertThat(ask(book, all)).isEqualTo(TransferStatus.EXISTS);
        assertThat(ask(book, all.with(it -> it.amount = U128.of(30)))).isEqualTo(TransferStatus.EXISTS);
        assertThat(ask(book, all.with(it -> it.amount = U128.of(29))))
                .isEqualTo(TransferStatus.EXISTS_WITH_DIFFERENT_AMOUNT);
    }

    @ParameterizedTest
    @MethodSource("books")
    void aPartialPostReleasesTheRestAndIsComparedByWhatItMeant(Book book) {
        accounts(book, Account.of(1, 1, 1), Account.of(2, 1, 1));
        Transfer pending = transfer(1, 2, 100).with(it -> {
            it.flags = Transfer.PENDING;
            it.userData64 = 7;
        });
        assertThat(ask(book, pending)).isEqualTo(TransferStatus.CREATED);
        Transfer post = resolution(Transfer.POST, pending, U128.of(40));
        assertThat(ask(book, post)).isEqualTo(TransferStatus.CREATED);
        Account debit = book.lookupAccounts(List.of(U128.of(1))).getFirst();
        assertThat(debit.debitsPending()).isEqualTo(U128.ZERO);
        assertThat(debit.debitsPosted()).isEqualTo(U128.of(40));
        assertThat(stored(book, post).userData64()).isEqualTo(7);
        assertThat(stored(book, post).debitAccountId()).isEqualTo(U128.of(1));

        assertThat(ask(book, post)).isEqualTo(TransferStatus.EXISTS);
        assertThat(ask(book, post.with(it -> it.userData64 = 7))).isEqualTo(TransferStatus.EXISTS);
        assertThat(ask(book, post.with(it -> it.userData64 = 8)))
                .isEqualTo(TransferStatus.EXISTS_WITH_DIFFERENT_USER_DATA_64);
        assertThat(ask(book, post.with(it -> it.amount = U128.MAX)))
                .as("all was not posted")
                .isEqualTo(TransferStatus.EXISTS_WITH_DIFFERENT_AMOUNT);
    }

    @ParameterizedTest
    @MethodSource("books")
    void postingNothingIsLegalAndLimitsAreNotCheckedAgain(Book book) {
        accounts(
                book,
                Account.of(1, 1, 1).with(it -> it.flags = Account.DEBITS_MUST_NOT_EXCEED_CREDITS),
                Account.of(2, 1, 1));
        assertThat(ask(book, transfer(2, 1, 10))).isEqualTo(TransferStatus.CREATED);
        Transfer first = transfer(1, 2, 10).with(it -> it.flags = Transfer.PENDING);
        assertThat(ask(book, first)).isEqualTo(TransferStatus.CREATED);
        assertThat(ask(book, resolution(Transfer.POST, first, U128.ZERO))).isEqualTo(TransferStatus.CREATED);
        Transfer second = transfer(1, 2, 10).with(it -> it.flags = Transfer.PENDING);
        assertThat(ask(book, second)).isEqualTo(TransferStatus.CREATED);
        assertThat(ask(book, transfer(1, 2, 1))).isEqualTo(TransferStatus.EXCEEDS_CREDITS);
        assertThat(ask(book, resolution(Transfer.POST, second, U128.MAX))).isEqualTo(TransferStatus.CREATED);
    }

    @ParameterizedTest
    @MethodSource("books")
    void aClosedAccountReopensWhenWhatClosedItIsVoidOrExpires(Book book) {
        accounts(book, Account.of(1, 1, 1), Account.of(2, 1, 1));
        Transfer before = transfer(1, 2, 5).with(it -> it.flags = Transfer.PENDING);
        assertThat(ask(book, before)).isEqualTo(TransferStatus.CREATED);
        Transfer closing = transfer(1, 2, 0).with(it -> {
            it.flags = Transfer.PENDING | Transfer.CLOSING_DEBIT;
            it.timeout = 1;
        });
        assertThat(ask(book, closing)).isEqualTo(TransferStatus.CREATED);
        assertThat(isClosed(book, 1)).isTrue();
        assertThat(ask(book, resolution(Transfer.POST, closing, U128.MAX)))
                .isEqualTo(TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED);
        assertThat(ask(book, resolution(Transfer.VOID, before, U128.ZERO)))
                .as("a void passes closed accounts")
                .isEqualTo(TransferStatus.CREATED);
        assertThat(isClosed(book, 1)).isTrue();
        now += SECOND + Book.MAX_EXPIRIES;
        assertThat(book.expire(now)).isEqualTo(1);
        assertThat(isClosed(book, 1)).isFalse();
        assertThat(ask(book, closing.with(it -> {
                    it.id = U128.of(++ids);
                    it.timeout = 0;
                })))
                .isEqualTo(TransferStatus.CREATED);
        assertThat(isClosed(book, 1)).isTrue();
        assertThat(ask(book, resolution(Transfer.VOID, closing.with(it -> it.id = U128.of(ids)), U128.ZERO)))
                .isEqualTo(TransferStatus.CREATED);
        assertThat(isClosed(book, 1)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("books")
    void oneTickBeforeItsTimeATransferIsPostedAndAtItsTimeItIsNot(Book book) {
        accounts(book, Account.of(1, 1, 1), Account.of(2, 1, 1));
        Transfer inTime = transfer(1, 2, 5).with(it -> {
            it.flags = Transfer.PENDING;
            it.timeout = 1;
        });
        Transfer late = inTime.with(it -> it.id = U128.of(++ids));
        assertThat(ask(book, inTime)).isEqualTo(TransferStatus.CREATED);
        long due = now + SECOND;
        assertThat(ask(book, late)).isEqualTo(TransferStatus.CREATED);
        now = due - 2;
        assertThat(ask(book, resolution(Transfer.POST, inTime, U128.MAX))).isEqualTo(TransferStatus.CREATED);
        now = due;
        assertThat(ask(book, resolution(Transfer.VOID, late, U128.ZERO)))
                .isEqualTo(TransferStatus.PENDING_TRANSFER_EXPIRED);
    }

    @ParameterizedTest
    @MethodSource("books")
    void moreThanOnePulseExpiresInOrderOfTime(Book book) {
        accounts(book, Account.of(1, 1, 1), Account.of(2, 1, 1));
        int count = Book.MAX_EXPIRIES + 500;
        for (int done = 0; done < count; done += 500) {
            List<Transfer> batch = new ArrayList<>();
            for (int i = 0; i < Math.min(500, count - done); i++) {
                long timeout = 1L + (done + i) % 3;
                batch.add(transfer(1, 2, 1).with(it -> {
                    it.flags = Transfer.PENDING;
                    it.timeout = timeout;
                }));
            }
            now += batch.size();
            assertThat(book.createTransfers(batch, now)).allMatch(it -> it.code() == TransferStatus.CREATED.code);
        }
        now += 3 * SECOND + Book.MAX_EXPIRIES;
        assertThat(book.expire(now)).isEqualTo(Book.MAX_EXPIRIES);
        long first = now - Book.MAX_EXPIRIES + 1;
        now += Book.MAX_EXPIRIES;
        assertThat(book.expire(now)).isEqualTo(500);
        assertThat(book.nextExpiry()).isEqualTo(Long.MAX_VALUE);
        List<ChangeRow> expiries = book.changeEvents(new ChangeEventsFilter(first, 0, Book.MAX_ROWS, 0));
        long dueBefore = 0;
        for (int i = 0; i < expiries.size(); i++) {
            ChangeRow expiry = expiries.get(i);
            assertThat(expiry.timestamp()).isEqualTo(first + i);
            long due = expiry.transferTimestamp() + expiry.timeout() * SECOND;
            assertThat(due).isGreaterThan(dueBefore);
            dueBefore = due;
        }
        assertThat(book.lookupAccounts(List.of(U128.of(1))).getFirst().debitsPending())
                .isEqualTo(U128.ZERO);
    }

    @ParameterizedTest
    @MethodSource("books")
    void anIdThatFailedInABrokenChainIsGoneButItsNeighboursAreNot(Book book) {
        accounts(book, Account.of(1, 1, 1), Account.of(2, 1, 1));
        Transfer good = transfer(1, 2, 1);
        Transfer bad = transfer(1, 9, 1);
        Transfer after = transfer(1, 2, 1);
        List<Transfer> chain = List.of(linked(good), linked(bad), after.with(it -> it.set(Transfer.LINKED, false)));
        now += 3;
        assertThat(book.createTransfers(chain, now))
                .extracting(Result::code)
                .containsExactly(
                        TransferStatus.LINKED_EVENT_FAILED.code,
                        TransferStatus.CREDIT_ACCOUNT_NOT_FOUND.code,
                        TransferStatus.LINKED_EVENT_FAILED.code);
        accounts(book, Account.of(9, 1, 1));
        assertThat(ask(book, bad)).isEqualTo(TransferStatus.ID_ALREADY_FAILED);
        assertThat(ask(book, good)).isEqualTo(TransferStatus.CREATED);
        assertThat(ask(book, after)).isEqualTo(TransferStatus.CREATED);
    }

    /** Found by seed 2: the engine answered with the member's tick. */
    @ParameterizedTest
    @MethodSource("books")
    void anImportedMemberOfABrokenChainKeepsTheTimestampItWasTold(Book book) {
        accounts(book, Account.of(1, 1, 1), Account.of(2, 1, 1));
        long past = now + 5;
        now += 1000;
        Transfer good = imported(linked(transfer(1, 2, 1)), past);
        Transfer bad = imported(transfer(1, 9, 1), past + 1);
        now += 2;
        assertThat(book.createTransfers(List.of(good, bad), now))
                .containsExactly(
                        new Result(past, TransferStatus.LINKED_EVENT_FAILED.code),
                        new Result(now, TransferStatus.CREDIT_ACCOUNT_NOT_FOUND.code));
    }

    /** Found by seed 44: timestamps are unique over accounts, transfers and expiries. */
    @ParameterizedTest
    @MethodSource("books")
    void noImportTakesTheTimestampOfAnExpiry(Book book) {
        accounts(book, Account.of(1, 1, 1), Account.of(2, 1, 1));
        assertThat(ask(book, transfer(1, 2, 1).with(it -> {
                    it.flags = Transfer.PENDING;
                    it.timeout = 1;
                })))
                .isEqualTo(TransferStatus.CREATED);
        now += SECOND + Book.MAX_EXPIRIES;
        assertThat(book.expire(now)).isEqualTo(1);
        long taken = now - Book.MAX_EXPIRIES + 1;
        now += 1000;
        assertThat(ask(book, imported(transfer(1, 2, 1), taken)))
                .isEqualTo(TransferStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS);
        Account account = Account.of(3, 1, 1).with(it -> {
            it.flags = Account.IMPORTED;
            it.timestamp = taken;
        });
        now++;
        assertThat(book.createAccounts(List.of(account), now).getFirst().code())
                .isEqualTo(AccountStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS.code);
        assertThat(ask(book, imported(transfer(1, 2, 1), taken + 1))).isEqualTo(TransferStatus.CREATED);
        Consumer<Long> balanceAt =
                time -> assertThat(book.balance(U128.of(1), time).getFirst().debitsPosted())
                        .isEqualTo(time > taken ? U128.of(1) : U128.ZERO);
        balanceAt.accept(taken);
        balanceAt.accept(taken + 1);
        balanceAt.accept(Book.NOW);
    }

    private static Transfer linked(Transfer transfer) {
        return transfer.with(it -> it.set(Transfer.LINKED, true));
    }

    private static Transfer imported(Transfer transfer, long timestamp) {
        return transfer.with(it -> {
            it.set(Transfer.IMPORTED, true);
            it.timestamp = timestamp;
        });
    }

    private Transfer transfer(long debit, long credit, long amount) {
        return Transfer.of(++ids, debit, credit, amount, 1, 1);
    }

    private Transfer resolution(int flag, Transfer pending, BigInteger amount) {
        return Transfer.of(++ids, 0, 0, 0, 0, 0).with(it -> {
            it.flags = flag;
            it.pendingId = pending.id();
            it.amount = amount;
        });
    }

    private void accounts(Book book, Account... accounts) {
        now += accounts.length;
        assertThat(book.createAccounts(List.of(accounts), now)).allMatch(it -> it.code() == AccountStatus.CREATED.code);
    }

    private TransferStatus ask(Book book, Transfer transfer) {
        now++;
        int code = book.createTransfers(List.of(transfer), now).getFirst().code();
        for (TransferStatus status : TransferStatus.values()) {
            if (status.code == code) {
                return status;
            }
        }
        throw new AssertionError("unknown status " + code);
    }

    private static Transfer stored(Book book, Transfer transfer) {
        return book.lookupTransfers(List.of(transfer.id())).getFirst();
    }

    private static boolean isClosed(Book book, long account) {
        return book.lookupAccounts(List.of(U128.of(account))).getFirst().has(Account.CLOSED);
    }
}
