package io.thalweg.bench.ledger;

import java.io.IOException;

/** One client's connection to a book. One thread at a time. */
public interface LedgerDriver extends AutoCloseable {
    /** Creates accounts 1 to {@code count}, which keep the history of their balances where the system can. */
    void createAccounts(int count) throws Exception;

    /**
     * Makes one request of the transfers, which may change afterwards. Its memory may be used again for the third request after
     * it: by then it must have been booked.
     */
    Request request(Transfers transfers) throws Exception;

    /** A request that is ready to be sent, once. */
    @FunctionalInterface
    interface Request {
        /** Books all; returns when they are durable, throws unless every one was booked. Any thread. */
        void book() throws Exception;
    }

    /** Reads an account's newest transfers; returns how many there were. */
    int newest(long account, int limit) throws Exception;

    @Override
    void close() throws IOException;

    /** Opens a connection; the target is whatever the system needs to be found. */
    @FunctionalInterface
    interface Factory {
        LedgerDriver open(String target) throws Exception;
    }
}
