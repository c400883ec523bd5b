package io.thalweg.testkit;

import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.ledger.LedgerRequest.Format;
import io.thalweg.ledger.model.LedgerWorkload;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.machine.Machine;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in a simulated group, and a client of its wire protocol's sessions that books one request after the other, each until it is answered, through whoever leads by
 * then: what it is told is what the independent model says, and a request that is asked again gets the reply that it had.
 */
final class LedgerTenancy implements Tenancy {
    static final Path LEDGERS = SimulatedNode.DIRECTORY.resolve("ledgers");
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final LedgerId LEDGER = new LedgerId(new UUID(2, 2));
    private static final int AT_ONCE = 4;

    private final SplittableRandom random;
    private final LedgerWorkload workload;
    private final BlockCache cache = new BlockCache(1 << 20);
    private boolean created;
    private long session = -1;
    private int number;
    private long answered;
    private long repeated;

    /** What is asked for, one thing at a time. */
    private @Nullable Asking current;

    private @Nullable AssertionError broken;

    private static final class Asking {
        final Operation operation;
        final ByteBuffer body;
        final LedgerWorkload.@Nullable Write write;
        boolean inFlight;

        @Nullable
        Object place;

        /** The first reply that came. */
        byte @Nullable [] told;

        Asking(Operation operation, ByteBuffer body, LedgerWorkload.@Nullable Write write) {
            this.operation = operation;
            this.body = body;
            this.write = write;
        }
    }

    LedgerTenancy(long seed) {
        random = new SplittableRandom(seed);
        workload = new LedgerWorkload(seed);
    }

    /** Requests that were answered. */
    long answered() {
        return answered;
    }

    /** Requests that were answered more than once. */
    long repeated() {
        return repeated;
    }

    @Override
    public List<Machine> machines(SimulatedDisk disk) {
        StoreOptions small = new StoreOptions(256, 16, 2, 4096);
        return List.of(new LedgerMachine(
                disk,
                LEDGERS,
                new LedgerOptions(small, small),
                cache,
                Runnable::run,
                AT_ONCE,
                Damage.Policy.STEP_ASIDE));
    }

    @Override
    public void act(Clients.Door door, boolean insist) {
        if (current == null) {
            if (insist) {
                return;
            }
            current = next();
        }
        Asking asked = current;
        if (!asked.inFlight) {
            send(door, asked);
        }
    }

    private Asking next() {
        if (!created) {
            return new Asking(Operation.LEDGER_CREATE, body(null, ByteBuffer.allocate(0)), null);
        }
        if (session < 0) {
            return new Asking(
                    Operation.LEDGER_REGISTER,
                    body(new Caller(9, 0, 0, 0, 0x101E, 9, 5), ByteBuffer.allocate(256)),
                    null);
        }
        LedgerWorkload.Write write = workload.next();
        number++;
        return new Asking(
                write.isOfAccounts() ? Operation.LEDGER_ACCOUNTS : Operation.LEDGER_TRANSFERS,
                body(new Caller(9, 0, session, number, 0x101E, 1000 + number, 5), write.events()),
                write);
    }

    private static ByteBuffer body(@Nullable Caller caller, ByteBuffer events) {
        ByteBuffer body = ByteBuffer.allocate(LedgerRequest.HEAD_BYTES + events.remaining())
                .order(ByteOrder.LITTLE_ENDIAN);
        LedgerRequest.putHead(body, 0, LEDGER, Format.PLAIN, caller);
        body.put(LedgerRequest.HEAD_BYTES, events, 0, events.remaining());
        return body;
    }

    private void send(Clients.Door door, Asking asked) {
        asked.inFlight = true;
        asked.place = door.place();
        ByteBuffer body = asked.body.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        var _ = door.submit().apply(Request.of(TENANT, asked.operation, body)).whenComplete((reply, failure) -> {
            if (door.alive().getAsBoolean()) {
                try {
                    hear(asked, reply, failure);
                } catch (AssertionError e) {
                    broken = broken == null ? e : broken;
                }
            }
        });
    }

    private void hear(Asking asked, @Nullable Reply reply, @Nullable Throwable failure) {
        asked.inFlight = false;
        if (failure != null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (!(cause instanceof ThalwegException known && known.code() == ErrorCode.UNAVAILABLE)) {
                throw new AssertionError("an unknown outcome is UNAVAILABLE and nothing else", failure);
            }
        } else if (reply instanceof Reply.Refused(ErrorCode code, String why)) {
            switch (code) {
                case OVERLOADED, NOT_LEADER, UNAVAILABLE -> {
                    // Nothing came of this sending.
                }
                case ALREADY_EXISTS -> created(asked, why);
                default -> throw new AssertionError(asked.operation + " is refused: " + code + " " + why);
            }
        } else if (reply instanceof Reply.Done(ByteBuffer result)) {
            done(asked, result);
        }
    }

    private void created(Asking asked, String why) {
        if (asked.operation != Operation.LEDGER_CREATE) {
            throw new AssertionError(asked.operation + " is refused: " + why);
        }
        created = true;
        current = null;
    }

    private void done(Asking asked, ByteBuffer result) {
        byte[] bytes = new byte[result.remaining()];
        result.duplicate().get(bytes);
        byte[] before = asked.told;
        if (before != null && asked.write != null && !java.util.Arrays.equals(before, bytes)) {
            throw new AssertionError("a repeated request got another reply: " + asked.write);
        }
        if (before == null) {
            asked.told = bytes;
            first(asked, result);
        } else {
            repeated++;
        }
        // Now and then as if the reply had been lost on its way.
        if (asked.write == null || before != null || random.nextInt(4) > 0) {
            current = null;
        }
    }

    private void first(Asking asked, ByteBuffer result) {
        answered++;
        if (asked.operation == Operation.LEDGER_CREATE) {
            created = true;
            return;
        }
        if (!(LedgerReply.parse(result.duplicate().order(result.order())) instanceof LedgerReply.Executed executed)) {
            throw new AssertionError(asked.operation + " was not executed");
        }
        if (asked.operation == Operation.LEDGER_REGISTER) {
            session = executed.op();
        }
        LedgerWorkload.Write write = asked.write;
        if (write != null) {
            ByteBuffer results =
                    ByteBuffer.allocate(write.size() * LedgerReply.DENSE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            executed.batches().getFirst().putDense(results);
            if (!results.flip().equals(workload.answer(write, executed.timestamp()))) {
                throw new AssertionError("the model answers otherwise: " + write);
            }
        }
    }

    @Override
    public void hearNothingMore(Object place) {
        Asking asked = current;
        if (asked != null && place.equals(asked.place)) {
            asked.inFlight = false;
        }
    }

    @Override
    public void complain() {
        if (broken != null) {
            throw broken;
        }
    }

    @Override
    public boolean isWaiting() {
        return current != null;
    }
}
