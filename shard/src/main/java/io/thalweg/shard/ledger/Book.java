package io.thalweg.shard.ledger;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.ledger.query.Point;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.shard.machine.Turn;
import java.nio.ByteBuffer;

/**
 * One ledger of a shard, and how it executes requests. It is open, or frozen: then nothing more of it is applied or read on this
 * replica until it is repaired. The apply thread changes it; any thread may ask which it is.
 *
 * <p>Time: a request takes its ticks of the shard's time before anybody looks at the ledger, as many as its bytes say, whatever
 * comes of it. So the time of all that follows does not depend on what is in the ledger, nor on whether this replica can still
 * read it. Requests in a journal from before that was so do not say {@link LedgerRequest#timed}, and take ticks only when
 * they are executed.
 *
 * <p>A pulse counts in {@link #op} if something expires by it, which the requests before it decide alone. Up to a version of the order
 * it counted when {@link Ledger#nextExpiry} was over; that may be too early by up to a second on a replica that was started from a snapshot,
 * and not on the others.
 */
final class Book {
    static final Reply DONE = new Reply.Done(ByteBuffer.allocate(0).asReadOnlyBuffer());

    /** The first tick of a request that does not say that it has ticks in any case. */
    static final long NOT_TAKEN = -1;

    /** From this version of the order on, a pulse counts as executed only when something expired by it. */
    private static final int VERSION_OF_PULSES = 5;

    /** What can be done with the ledger. */
    sealed interface State {
        /** Everything. */
        record Open(Ledger ledger, LedgerSessions sessions) implements State {}

        /** Nothing. */
        record Frozen(Damage damage, long storedBytes) implements State {}
    }

    final TenantId tenant;
    final LedgerId id;

    /** Requests executed. */
    long op;

    /** Whether the entry in hand has changed something. */
    boolean touched;

    /** {@link Ledger#nextExpiry} as of the newest entry; any thread. */
    volatile long nextExpiryNs = Long.MAX_VALUE;

    private volatile State state;

    Book(TenantId tenant, LedgerId id, long op, State state) {
        this.tenant = tenant;
        this.id = id;
        this.op = op;
        this.state = state;
    }

    State state() {
        return state;
    }

    /** The ledger; {@code LEDGER_FROZEN} when it must not be touched. */
    State.Open open() {
        return switch (state) {
            case State.Open open -> open;
            case State.Frozen _ -> throw new ThalwegException(ErrorCode.LEDGER_FROZEN, frozen());
        };
    }

    /** Stops for good. What was done since the newest checkpoint, and half of a request maybe, is of no use any more. */
    void freeze(Damage damage) {
        if (state instanceof State.Open open) {
            state = new State.Frozen(damage, open.ledger.storedBytes());
            nextExpiryNs = Long.MAX_VALUE;
        }
    }

    /** Goes on with what was computed again. */
    void thaw(long executed, State again) {
        op = executed;
        state = again;
    }

    /** What a client is told: no paths, since they are the operator's business. */
    String frozen() {
        return "ledger " + id
                + " is frozen, because some of its stored bytes are not what was written; whether this request"
                + " takes effect is decided when the operator repairs it";
    }

    long storedBytes() {
        return switch (state) {
            case State.Open(Ledger ledger, LedgerSessions _) -> ledger.storedBytes();
            case State.Frozen(Damage _, long bytes) -> bytes;
        };
    }

    /**
     * Executes a request other than a creation.
     *
     * @param ticks the first of the request's ticks, or {@link #NOT_TAKEN}
     * @param results room for the results of a batch
     */
    Reply execute(Turn turn, long ticks, Operation operation, LedgerRequest request, ByteBuffer results) {
        State.Open open = open();
        return switch (operation) {
            case LEDGER_REGISTER -> register(turn, ticks, open, request);
            case LEDGER_PULSE -> pulse(turn, ticks, open);
            case LEDGER_TOUCH -> touch(open, request);
            default -> change(turn, ticks, open, request, operation == Operation.LEDGER_TRANSFERS, results);
        };
    }

    /** How many ticks a request takes. */
    static int ticks(Operation operation, LedgerRequest request) {
        return switch (operation) {
            case LEDGER_REGISTER, LEDGER_TOUCH -> 1;
            case LEDGER_PULSE -> Ledger.EXPIRIES_MAX;
            default -> Math.max(1, sum(request.counts(LedgerRequest.EVENT_BYTES)));
        };
    }

    private static int sum(int[] counts) {
        int all = 0;
        for (int count : counts) {
            all += count;
        }
        return all;
    }

    private Reply register(Turn turn, long ticks, State.Open open, LedgerRequest request) {
        Caller caller = request.caller();
        if (caller == null) {
            throw new MalformedException("only a client registers a session");
        }
        byte[] known = open.sessions.beforeRegister(caller);
        if (known != null) {
            return done(known);
        }
        BinaryWriter out = new BinaryWriter(32);
        LedgerReply.writeExecuted(out, ++op, ticks == NOT_TAKEN ? turn.take(1) : ticks, 0);
        byte[] reply = out.toByteArray();
        open.sessions.remember(caller, op, reply);
        return done(reply);
    }

    private static Reply touch(State.Open open, LedgerRequest request) {
        Caller caller = request.caller();
        if (caller == null) {
            throw new MalformedException("only a client uses a session");
        }
        open.sessions.touch(caller);
        return DONE;
    }

    private Reply pulse(Turn turn, long ticks, State.Open open) {
        boolean old = turn.version() < VERSION_OF_PULSES;
        if (old && open.ledger.nextExpiry() > turn.timestampNs()) {
            return DONE;
        }
        long first = ticks == NOT_TAKEN ? turn.take(Ledger.EXPIRIES_MAX) : ticks;
        Point before = open.ledger.moment();
        int expired = open.ledger.expire(first + Ledger.EXPIRIES_MAX - 1);
        note(turn, open.ledger, before);
        if (old || expired > 0) {
            op++;
        }
        return new Reply.Done(new BinaryWriter(4).i32(expired).toByteBuffer());
    }

    /** Replies say what became of each event, and not what balances it left behind. */
    private static void note(Turn turn, Ledger ledger, Point before) {
        if (turn.version() >= Operation.VERSION_OF_DIGESTS) {
            turn.note(ledger.balancesSince(before));
        }
    }

    private Reply change(
            Turn turn, long ticks, State.Open open, LedgerRequest request, boolean transfers, ByteBuffer results) {
        Caller caller = request.caller();
        if (caller != null) {
            byte[] known = open.sessions.beforeRequest(caller);
            if (known != null) {
                return done(known);
            }
        }
        int[] counts = request.counts(LedgerRequest.EVENT_BYTES);
        if (request.full()) {
            return new Reply.Refused(ErrorCode.QUOTA_EXCEEDED, "the tenant's storage is used up");
        }
        int all = sum(counts);
        long first = ticks == NOT_TAKEN ? turn.take(Math.max(1, all)) : ticks;
        BinaryWriter out = new BinaryWriter(64);
        LedgerReply.writeExecuted(out, ++op, all == 0 ? first : first + all - 1, counts.length);
        Point before = open.ledger.moment();
        int done = 0;
        for (int count : counts) {
            ByteBuffer events =
                    request.events().slice(done * LedgerRequest.EVENT_BYTES, count * LedgerRequest.EVENT_BYTES);
            done += count;
            results.clear();
            if (transfers) {
                open.ledger.createTransfers(events, first + done - 1, results);
            } else {
                open.ledger.createAccounts(events, first + done - 1, results);
            }
            LedgerReply.writeBatch(out, results.flip());
        }
        note(turn, open.ledger, before);
        if (caller != null) {
            byte[] reply = out.toByteArray();
            open.sessions.remember(caller, caller.session(), reply);
            return done(reply);
        }
        return new Reply.Done(out.toByteBuffer());
    }

    private static Reply done(byte[] reply) {
        return new Reply.Done(ByteBuffer.wrap(reply));
    }
}
