package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.util.List;

/** A ledger as its users see it: the model is one, the engine behind an adapter the other. One thread at a time. */
public interface Book {
    /** How many pending transfers one pulse lets expire at most, and how many ticks it takes. */
    int MAX_EXPIRIES = 8190;

    /** Rows of a query at most. */
    int MAX_ROWS = 8190;

    long NOW = Long.MAX_VALUE;

    /** Event i of n happens at {@code timestamp - n + i + 1}. */
    List<Result> createAccounts(List<Account> events, long timestamp);

    /** Event i of n happens at {@code timestamp - n + i + 1}. */
    List<Result> createTransfers(List<Transfer> events, long timestamp);

    /** When the next pending transfer expires, in ns; {@link Long#MAX_VALUE} if none does. */
    long nextExpiry();

    /** A pulse; says how many transfers expired. The first did at {@code timestamp - MAX_EXPIRIES + 1}. */
    int expire(long timestamp);

    List<Account> lookupAccounts(List<BigInteger> ids);

    List<Transfer> lookupTransfers(List<BigInteger> ids);

    List<Transfer> accountTransfers(AccountFilter filter);

    List<Balance> accountBalances(AccountFilter filter);

    List<Account> queryAccounts(QueryFilter filter);

    List<Transfer> queryTransfers(QueryFilter filter);

    List<ChangeRow> changeEvents(ChangeEventsFilter filter);

    // Beyond the protocol. What was at a time is what the events with no later timestamp left, the last committed of
    // them last.

    /** What had happened by {@code timestamp}, in ns; {@link #NOW} for all. */
    List<Transfer> search(TransferSearch search, long timestamp);

    /** An account's balances at {@code timestamp}, with the time of the event that left them so; none before it existed. */
    List<Balance> balance(BigInteger account, long timestamp);

    /** What transfers that had happened by {@code timestamp} add up to, by time, ledger, code and kind. */
    List<Sum> sums(SumsAsked asked, long timestamp);

    /**
     * @param ledger 0 for all
     * @param code 0 for all
     * @param timestampMin inclusive, 0 for open
     * @param timestampMax inclusive, 0 for open
     * @param minutes the length of each time that is summed up
     */
    record SumsAsked(long ledger, int code, long timestampMin, long timestampMax, long minutes) {}

    /** @param start of the time, a multiple of its length, in ns */
    record Sum(long start, long ledger, int code, ChangeEvent.Kind kind, long count, BigInteger amount) {}

    /** Events in the order of their commit, numbered from 1. */
    List<ChangeRow> tail(long fromSequence, int limit);
}
