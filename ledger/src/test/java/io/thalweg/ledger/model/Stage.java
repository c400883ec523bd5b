package io.thalweg.ledger.model;

import java.util.List;

/** A book and its clock, on which rehearsals are set up: whatever prepares the ground must succeed. */
public final class Stage {
    public static final long SECOND = 1_000_000_000L;

    private final Book book;
    private long now;
    private long serial;

    /** @param now the newest tick of the book, in ns */
    public Stage(Book book, long now) {
        this.book = book;
        this.now = now;
    }

    /** The newest tick, in ns. */
    public long now() {
        return now;
    }

    /** A multiple of 100, greater than all before: a rehearsal's ids are the hundred that begin here. */
    public long nextIds() {
        serial += 100;
        return serial;
    }

    /** Lets time pass, if it is not that late yet. */
    public void waitUntil(long time) {
        now = Math.max(now, time);
    }

    public void createAccounts(List<Account> events) {
        for (Result result : askAccounts(events)) {
            check(result.code() == AccountStatus.CREATED.code, events, result);
        }
    }

    public void createTransfer(Transfer... events) {
        for (Result result : askTransfers(List.of(events))) {
            check(result.code() == TransferStatus.CREATED.code, List.of(events), result);
        }
    }

    public void failTransfer(TransferStatus status, Transfer event) {
        Result result = askTransfers(List.of(event)).getFirst();
        check(result.code() == status.code, event, result);
    }

    public void expireOne() {
        now += Book.MAX_EXPIRIES;
        int expired = book.expire(now);
        check(expired == 1, "a pulse", expired);
    }

    public List<Result> askAccounts(List<Account> events) {
        now += events.size();
        return book.createAccounts(events, now);
    }

    public List<Result> askTransfers(List<Transfer> events) {
        now += events.size();
        return book.createTransfers(events, now);
    }

    private static void check(boolean holds, Object asked, Object got) {
        if (!holds) {
            throw new AssertionError("the ground could not be prepared: " + asked + " got " + got);
        }
    }
}
