package io.thalweg.server.ledgerwire;

import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.MultiBatch;
import io.thalweg.model.MalformedException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a number means that a request bears: what is asked, and how events and results are packed. Clients 0.16.4 to 0.16.34 use
 * family A, with one batch a request; those up to 0.16.78 family B, with several batches and lists of failures; newer ones
 * family C, with a result for each event.
 */
record WireOperation(Kind kind, Family family) {
    /** Registers a session. */
    static final int REGISTER = 2;

    private static final int FIRST = 129;
    private static final int CHANGE_EVENTS_NUMBER = 137;
    private static final int CREATES = 2;

    private static final @Nullable WireOperation[] BY_NUMBER = new @Nullable WireOperation[256];

    static {
        Kind[] kinds = Kind.values();
        for (int i = 0; i < kinds.length - 1; i++) {
            BY_NUMBER[FIRST + i] = new WireOperation(kinds[i], Family.A);
            BY_NUMBER[FIRST + kinds.length + i] = new WireOperation(kinds[i], Family.B);
        }
        for (int i = 0; i < CREATES; i++) {
            BY_NUMBER[FIRST + 2 * kinds.length - 1 + i] = new WireOperation(kinds[i], Family.C);
        }
        BY_NUMBER[CHANGE_EVENTS_NUMBER] = new WireOperation(Kind.CHANGE_EVENTS, Family.A);
    }

    /** How bodies are packed. */
    enum Family {
        A,
        B,
        C
    }

    /** What is asked, in the order of the numbers. */
    enum Kind {
        CREATE_ACCOUNTS(128, 8),
        CREATE_TRANSFERS(128, 8),
        LOOKUP_ACCOUNTS(16, 128),
        LOOKUP_TRANSFERS(16, 128),
        ACCOUNT_TRANSFERS(128, 128),
        ACCOUNT_BALANCES(128, 128),
        QUERY_ACCOUNTS(64, 128),
        QUERY_TRANSFERS(64, 128),
        CHANGE_EVENTS(64, 384);

        final int eventBytes;
        final int rowBytes;

        Kind(int eventBytes, int rowBytes) {
            this.eventBytes = eventBytes;
            this.rowBytes = rowBytes;
        }
    }

    /** The operation with this number; null if clients have none. */
    static @Nullable WireOperation ofNumber(int number) {
        return BY_NUMBER[number];
    }

    boolean creates() {
        return kind == Kind.CREATE_ACCOUNTS || kind == Kind.CREATE_TRANSFERS;
    }

    boolean looksUp() {
        return kind == Kind.LOOKUP_ACCOUNTS || kind == Kind.LOOKUP_TRANSFERS;
    }

    boolean manyBatches() {
        return family != Family.A;
    }

    LedgerRequest.Format format() {
        return manyBatches() ? LedgerRequest.Format.MULTI_BATCH : LedgerRequest.Format.PLAIN;
    }

    /** Bytes of one result in a reply. */
    int resultBytes() {
        return family == Family.C ? 16 : kind.rowBytes;
    }

    /** Most results that a reply with {@code batches} batches holds. */
    int resultsMax(int batches) {
        int trailer = manyBatches() ? MultiBatch.trailerBytes(batches, resultBytes()) : 0;
        return Math.max(0, Header.BODY_BYTES_MAX - trailer) / resultBytes();
    }

    /**
     * The numbers of events in each batch of a body; throws {@link MalformedException} when it is not one of this operation, or
     * when its reply might not fit.
     */
    int[] counts(ByteBuffer body) {
        int[] counts = manyBatches() ? MultiBatch.counts(body, kind.eventBytes) : new int[] {whole(body)};
        long all = 0;
        for (int count : counts) {
            all += count;
            if (count != 1 && !creates() && !looksUp()) {
                throw new MalformedException("a batch has " + count + " filters, expected 1");
            }
        }
        long most = creates() ? LedgerRequest.EVENTS_MAX : resultsMax(counts.length);
        if ((creates() || looksUp()) && all > most) {
            throw new MalformedException(all + " events, expected at most " + most);
        }
        if (manyBatches() && MultiBatch.trailerBytes(counts.length, resultBytes()) > Header.BODY_BYTES_MAX) {
            throw new MalformedException("the reply to " + counts.length + " batches does not fit");
        }
        return counts;
    }

    private int whole(ByteBuffer body) {
        if (body.remaining() % kind.eventBytes != 0) {
            throw new MalformedException(
                    body.remaining() + " bytes are no whole events of " + kind.eventBytes + " bytes");
        }
        return body.remaining() / kind.eventBytes;
    }
}
