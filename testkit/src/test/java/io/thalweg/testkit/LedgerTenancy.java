package io.thalweg.testkit;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.ledger.LedgerRequest.Format;
import io.thalweg.ledger.model.LedgerWorkload;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.ExpiryPulse;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.machine.Machine;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in a simulated group, and a client of its wire protocol's sessions that books one request after the other, each until it is answered, through whoever leads by
 * then: what it is told is what the independent model says, and a request that is asked again gets the reply that it had. Each node has the
 * {@link ExpiryPulse} that it has in production: what expires does so as the model has it ({@link FollowedLedger}), once, whoever dies
 * over it, and in the end nothing is due any more.
 */
final class LedgerTenancy implements Tenancy {
    static final Path LEDGERS = SimulatedNode.DIRECTORY.resolve("ledgers");
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final LedgerId LEDGER = new LedgerId(new UUID(2, 2));
    private static final int AT_ONCE = 4;
    private static final long PULSE_NS = ExpiryPulse.STEP_MS * 1_000_000L;

    /** In quiet a node pulses as rarely as that, so that there is something to do when power is lost. */
    private static final int RARELY = 150;

    private final SplittableRandom random;
    private final LedgerWorkload workload;
    private final FollowedLedger model;
    private final Map<Object, Life> lives = new HashMap<>();
    private final BlockCache cache = new BlockCache(1 << 20);
    private boolean created;
    private long session = -1;
    private int number;
    private long answered;
    private long repeated;

    /** What is asked for, one thing at a time. */
    private @Nullable Asking current;

    private @Nullable AssertionError broken;

    /** Of a shard, as whoever led it last had it. */
    private long newestNs;

    private long diedOver;
    private boolean ending;

    /** Whether something has to expire, as far as anybody has looked since the last answer. */
    private boolean due;

    /** A node's, from start to crash. */
    private static final class Life {
        final Shard shard;
        final LedgerMachine ledgers;
        final ExpiryPulse expiry;
        long nextNs;

        Life(Shard shard, LedgerMachine ledgers) {
            this.shard = shard;
            this.ledgers = ledgers;
            expiry = new ExpiryPulse(shard, ledgers).afterEntries();
        }
    }

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
        model = new FollowedLedger(workload);
    }

    /** Processes that ended when something had to expire that had not. */
    long diedOver() {
        return diedOver;
    }

    /** Pending transfers that expired. */
    long expiries() {
        return model.expiries();
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
    public void opened(Object place, Shard shard, List<Machine> machines) {
        lives.put(place, new Life(shard, (LedgerMachine) machines.getFirst()));
    }

    @Override
    public void step(Object place, long nowNs) {
        Life here = lives.get(place);
        if (here != null && nowNs >= here.nextNs) {
            here.nextNs = nowNs + PULSE_NS * (ending ? 1 : 1 + random.nextInt(RARELY));
            pulse(here);
        }
    }

    /** The duty; and what this leader has expired by now. */
    private void pulse(Life here) {
        here.expiry.step();
        if (current == null && here.shard.role() == Consensus.Role.LEADER) {
            here.ledgers.queries(TENANT, LEDGER).ifPresent(ledger -> model.follow(ledger, Long.MAX_VALUE));
            newestNs = here.shard.timeNs();
            due = model.isDue(newestNs);
        }
    }

    @Override
    public void act(Clients.Door door, boolean insist) {
        ending = insist;
        Life here = lives.get(door.place());
        if (here != null && random.nextInt(6) == 0) {
            pulse(here);
        }
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
                    hear(door.place(), asked, reply, failure);
                } catch (AssertionError e) {
                    broken = broken == null ? e : broken;
                }
            }
        });
    }

    private void hear(Object place, Asking asked, @Nullable Reply reply, @Nullable Throwable failure) {
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
            done(place, asked, result);
        }
    }

    private void created(Asking asked, String why) {
        if (asked.operation != Operation.LEDGER_CREATE) {
            throw new AssertionError(asked.operation + " is refused: " + why);
        }
        created = true;
        current = null;
    }

    private void done(Object place, Asking asked, ByteBuffer result) {
        byte[] bytes = new byte[result.remaining()];
        result.duplicate().get(bytes);
        byte[] before = asked.told;
        if (before != null && asked.write != null && !Arrays.equals(before, bytes)) {
            throw new AssertionError("a repeated request got another reply: " + asked.write);
        }
        if (before == null) {
            asked.told = bytes;
            first(place, asked, result);
        } else {
            repeated++;
        }
        // Now and then as if the reply had been lost on its way.
        if (asked.write == null || before != null || random.nextInt(4) > 0) {
            current = null;
            due = true;
        }
    }

    private void first(Object place, Asking asked, ByteBuffer result) {
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
            LedgerQueries here = Objects.requireNonNull(lives.get(place))
                    .ledgers
                    .queries(TENANT, LEDGER)
                    .orElseThrow();
            if (!results.flip().equals(model.answer(write, executed.timestamp(), here))) {
                throw new AssertionError("the model answers otherwise: " + write);
            }
        }
    }

    @Override
    public void hearNothingMore(Object place) {
        Life ended = lives.remove(place);
        diedOver += ended == null || ended.ledgers.due(newestNs).isEmpty() ? 0 : 1;
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
        return current != null || due;
    }

    @Override
    public void check(Shard shard, List<Machine> machines) {
        Ledger ledger =
                ((LedgerMachine) machines.getFirst()).ledger(TENANT, LEDGER).orElse(null);
        if (ledger == null && !created) {
            return;
        }
        if (ledger == null) {
            throw new AssertionError("the ledger is not there");
        }
        model.follow(ledger.queries(), Long.MAX_VALUE);
        if (!Arrays.equals(ledger.digest(), workload.digest())) {
            throw new AssertionError("the ledger is another than the model's");
        }
    }
}
