package io.thalweg.ledger.model.random;

import io.thalweg.ledger.model.Account;
import io.thalweg.ledger.model.AccountFilter;
import io.thalweg.ledger.model.Book;
import io.thalweg.ledger.model.ChangeEventsFilter;
import io.thalweg.ledger.model.QueryFilter;
import io.thalweg.ledger.model.Transfer;
import io.thalweg.ledger.model.TransferSearch;
import java.math.BigInteger;
import java.util.List;

/** What a run of the differential test consists of. */
public sealed interface Request {
    record CreateAccounts(List<Account> events, long timestamp) implements Request {}

    record CreateTransfers(List<Transfer> events, long timestamp) implements Request {}

    record Expire(long timestamp) implements Request {}

    record LookupAccounts(List<BigInteger> ids) implements Request {}

    record LookupTransfers(List<BigInteger> ids) implements Request {}

    record AccountTransfers(AccountFilter filter) implements Request {}

    record AccountBalances(AccountFilter filter) implements Request {}

    record QueryAccounts(QueryFilter filter) implements Request {}

    record QueryTransfers(QueryFilter filter) implements Request {}

    record ChangeEvents(ChangeEventsFilter filter) implements Request {}

    record Search(TransferSearch search, long timestamp) implements Request {}

    record BalanceAt(BigInteger account, long timestamp) implements Request {}

    record Sums(Book.SumsAsked asked, long timestamp) implements Request {}

    record Tail(long fromSequence, int limit) implements Request {}

    /** How many objects it asks to create. */
    default int size() {
        return switch (this) {
            case CreateAccounts it -> it.events().size();
            case CreateTransfers it -> it.events().size();
            default -> 0;
        };
    }

    /** Whether it may change the book's state. */
    default boolean isWrite() {
        return this instanceof CreateAccounts || this instanceof CreateTransfers || this instanceof Expire;
    }

    /** Puts the request to a book and returns what can be compared with another book's answer. */
    default Object askOf(Book book) {
        return switch (this) {
            case CreateAccounts(var events, long timestamp) -> book.createAccounts(events, timestamp);
            case CreateTransfers(var events, long timestamp) -> book.createTransfers(events, timestamp);
            case Expire(long timestamp) -> book.expire(timestamp);
            case LookupAccounts(var ids) -> book.lookupAccounts(ids);
            case LookupTransfers(var ids) -> book.lookupTransfers(ids);
            case AccountTransfers(var filter) -> book.accountTransfers(filter);
            case AccountBalances(var filter) -> book.accountBalances(filter);
            case QueryAccounts(var filter) -> book.queryAccounts(filter);
            case QueryTransfers(var filter) -> book.queryTransfers(filter);
            case ChangeEvents(var filter) -> book.changeEvents(filter);
            case Search(var search, long timestamp) -> book.search(search, timestamp);
            case BalanceAt(var account, long timestamp) -> book.balance(account, timestamp);
            case Sums(var asked, long timestamp) -> book.sums(asked, timestamp);
            case Tail(long fromSequence, int limit) -> book.tail(fromSequence, limit);
        };
    }
}
