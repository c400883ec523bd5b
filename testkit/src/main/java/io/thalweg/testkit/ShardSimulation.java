package io.thalweg.testkit;

import io.thalweg.log.JournalOptions;
import io.thalweg.model.AppendResult;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardExecutors;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.stream.StreamCommand;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One seeded life of a shard, alone or in a group: clients of several tenants append to several streams while the power fails, forces fail, the
 * clock jumps, the leadership is lost, snapshots are taken, segments are sealed and compacted, and the shard starts again.
 * After each start, and at the end, {@link History} compares what can be read with what clients were told; at the end a
 * replica that never crashed is fed the committed entries and must have the same events and the same digest.
 *
 * <p>The seed decides everything, so {@code new ShardSimulation(seed).run()} fails again exactly as it failed. {@link #main} runs
 * seeds without end.
 */
public final class ShardSimulation {
    private static final Path DIRECTORY = Path.of("/shard");
    private static final long START_NS = 1_700_000_000_000_000_000L;
    private static final int CLIENTS = 5;
    private static final int LIFE_STEPS = 300;

    private final long seed;
    private final SplittableRandom random;
    private final SimulatedClock clock = new SimulatedClock(START_NS);
    private final Quorum quorum = new Quorum();
    private final History history = new History();
    private final List<TenantId> tenants = new ArrayList<>();
    private final List<StreamId> streams = new ArrayList<>();
    private final List<TenantId> owners = new ArrayList<>();
    private final Client[] clients = new Client[CLIENTS];
    private final ShardOptions options;
    private final boolean keepsTail;
    private final boolean lone;

    /** Whether keys and sessions are forgotten early, so that a retry is not safe and clients do not try. */
    private final boolean forgetful;

    private SimulatedDisk disk = new SimulatedDisk();
    private @Nullable World world;
    private int crashes;

    /** What a client found wrong while it was called back; futures swallow what callbacks throw. */
    private @Nullable AssertionError broken;

    /** One client: one request at a time, perhaps in a session. */
    private static final class Client {
        final int tenant;
        UUID session = Request.NO_SESSION;
        long number;

        @Nullable
        Attempt current;

        Client(int tenant) {
            this.tenant = tenant;
        }
    }

    /** A shard from start to crash; a lone one has no consensus but its own. */
    private record World(
            Simulation simulation, Shard shard, @Nullable SimulatedConsensus consensus) {}

    /** A halt is an ordinary day here, and not worth a stack trace on the console. Held, or its level would be forgotten. */
    private static final Logger QUIET = Logger.getLogger(Shard.class.getName());

    public ShardSimulation(long seed) {
        QUIET.setLevel(Level.OFF);
        this.seed = seed;
        random = new SplittableRandom(seed);
        SplittableRandom salts = random.split();
        int segmentBytes = 2048 << random.nextInt(4);
        JournalOptions journal = JournalOptions.small(segmentBytes, salts::nextLong);
        if (random.nextBoolean()) {
            journal = journal.withPrefillBytes(0);
        }
        forgetful = random.nextInt(4) == 0;
        keepsTail = random.nextBoolean();
        lone = random.nextBoolean();
        options = ShardOptions.in(DIRECTORY)
                .withJournal(journal)
                .withEntriesInFlightMax(1 + random.nextInt(4))
                .withSnapshotEvery(1L << (10 + random.nextInt(6)), 20)
                .withIdempotency(forgetful ? Duration.ofMillis(2) : Duration.ofHours(1), forgetful ? 8 : 1000)
                .withSessionsMax(forgetful ? 2 : 100);
        for (int i = 0; i < 2; i++) {
            tenants.add(new TenantId(uuid()));
        }
        for (int i = 0; i < 4; i++) {
            streams.add(new StreamId(new LogId(uuid()), i % 2));
            owners.add(tenants.get(i % tenants.size()));
        }
        for (int i = 0; i < CLIENTS; i++) {
            clients[i] = new Client(i % tenants.size());
            if (random.nextBoolean()) {
                clients[i].session = uuid();
            }
        }
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    /**
     * Lives once until the power fails at the {@code k}-th operation of the disk, and ends well.
     *
     * @return false when the life was over before that
     */
    public boolean runUntilOperation(long k) {
        disk.crashAt(k);
        live(LIFE_STEPS, false);
        boolean crashedInLife = disk.crashed();
        if (crashedInLife) {
            crash();
            live(LIFE_STEPS / 4, false);
        } else {
            disk.calm();
        }
        finish();
        return crashedInLife;
    }

    /** Lives the whole life; throws {@link AssertionError} when a promise is broken. */
    public void run() {
        int lives = 1 + random.nextInt(4);
        for (int life = 0; life < lives; life++) {
            int crashAt = random.nextInt(3) == 0 ? random.nextInt(30) : random.nextInt(600);
            disk.crashAt(1 + crashAt);
            if (random.nextInt(6) == 0) {
                disk.failForceAt(1 + random.nextInt(60));
            }
            live(50 + random.nextInt(1500), true);
        }
        disk.calm();
        live(200, false);
        finish();
    }

    /** How often the power failed. */
    public int crashes() {
        return crashes;
    }

    /** What became of flipped bits. */
    public record Flips(int harmless, int reported) {}

    /**
     * Lives once without a crash; then, {@code times} over, starts on a copy of the disk in which one bit of the shard's files is
     * wrong. Each time the shard must give the right answers, or say which file is damaged.
     */
    public Flips flipBits(int times) {
        live(4 * LIFE_STEPS, false);
        World good = finishClients();
        while (good.shard.housekeep() || good.simulation.step()) {
            // Until the journal vouches for its last frames.
        }
        byte[] digest = good.shard.digest();
        SimulatedDisk whole = disk;
        good.shard.close();
        int harmless = 0;
        for (int i = 0; i < times; i++) {
            disk = whole.copy();
            List<Path> files = disk.files().entrySet().stream()
                    .filter(file -> file.getKey().startsWith(DIRECTORY) && file.getValue() > 0)
                    .map(Map.Entry::getKey)
                    .toList();
            Path file = files.get(random.nextInt(files.size()));
            int offset = random.nextInt(disk.files().getOrDefault(file, 0));
            disk.flip(file, offset, random.nextInt(8));
            try {
                harmless += isRightOrReported(digest) ? 1 : 0;
            } catch (AssertionError e) {
                throw new AssertionError("a wrong bit in " + file + " at " + offset + " gives a wrong answer", e);
            }
        }
        return new Flips(harmless, times - harmless);
    }

    /** True when all is right, false when the damage was reported. */
    private boolean isRightOrReported(byte[] digest) {
        try {
            World now = open(quorum.copy());
            while (now.simulation.step()) {
                // Replay what comes behind the snapshot.
            }
            if (now.shard.failure().isPresent()) {
                return reported(now.shard.failure().get());
            }
            checkReads(now);
            if (!Arrays.equals(digest, now.shard.digest())) {
                throw new AssertionError("the state differs, and nobody noticed");
            }
            for (int step = 0; now.shard.housekeep(); step++) {
                // Sealing reads everything back.
                if (step > 1000) {
                    throw new AssertionError("background work never ends");
                }
            }
            checkReads(now);
            return now.shard.failure().isEmpty() || reported(now.shard.failure().get());
        } catch (CorruptionException | UncheckedIOException e) {
            return reported(e);
        }
    }

    private static boolean reported(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage()).contains(DIRECTORY.toString())) {
                return false;
            }
        }
        throw new AssertionError("the damage is reported without a file", failure);
    }

    /** Operations of the newest disk. */
    public long diskOperations() {
        return disk.operations();
    }

    /** Appends that were acknowledged. */
    public long acknowledged() {
        return history.attempts().stream()
                .filter(attempt -> attempt.outcome == Attempt.Outcome.DONE)
                .count();
    }

    /** One start, some work, and an end by crash. */
    private void live(int steps, boolean crash) {
        try {
            World opened = open(quorum);
            world = opened;
            for (int i = 0; i < streams.size(); i++) {
                var _ = opened.shard.submit(new StreamCommand.Create(streams.get(i)).toRequest(owners.get(i)));
            }
            int at = 0;
            boolean checked = false;
            while (at++ < steps && !disk.crashed() && opened.shard.failure().isEmpty()) {
                if (random.nextInt(3) == 0) {
                    disturb(opened);
                }
                act(opened);
                if (!step(opened) && !checked) {
                    checked = true;
                    checkReads(opened);
                }
            }
            if (!disk.crashed() && opened.shard.failure().isPresent()) {
                mustBeSilent(opened);
            }
        } catch (SimulatedCrash crashedHere) {
            // What follows is the next process' business.
        } catch (UncheckedIOException e) {
            if (world != null || !crash) {
                throw e;
            }
            // A shard may refuse to start when a force fails; the operator starts it again.
        }
        if (crash) {
            crash();
        }
    }

    private void crash() {
        crashes++;
        disk = disk.crash(random);
        world = null;
        for (Attempt attempt : history.attempts()) {
            attempt.inFlight = false;
            if (attempt.outcome == Attempt.Outcome.WAITING && (forgetful || !attempt.retryable())) {
                abandon(attempt);
            }
        }
    }

    private void abandon(Attempt attempt) {
        attempt.outcome = Attempt.Outcome.UNKNOWN;
        for (Client client : clients) {
            if (client.current == attempt) {
                client.current = null;
                if (!client.session.equals(Request.NO_SESSION)) {
                    client.session = uuid();
                    client.number = 0;
                }
            }
        }
    }

    private World open(Quorum group) {
        Simulation simulation = new Simulation(random.split(), clock);
        SplittableRandom choices = random.split();
        Disk current = disk;
        ShardExecutors lanes =
                new ShardExecutors(simulation.lane(), simulation.lane(), simulation.lane(), simulation.lane());
        if (lone) {
            Shard shard =
                    Shard.openLone(options, current, clock, replica -> new Witness(replica, group), List.of(), lanes);
            return new World(simulation, shard, null);
        }
        SimulatedConsensus[] made = new SimulatedConsensus[1];
        Shard shard = Shard.open(
                options,
                current,
                clock,
                replica -> made[0] = new SimulatedConsensus(
                        replica, current, Path.of("/raft"), group, simulation, choices, keepsTail),
                List.of(),
                lanes);
        return new World(simulation, shard, made[0]);
    }

    /** Something that is not a client's doing. */
    private void disturb(World now) {
        switch (random.nextInt(40)) {
            case 0 -> clock.jump(-random.nextLong(Duration.ofHours(3).toNanos()));
            case 1 -> clock.jump(random.nextLong(Duration.ofSeconds(10).toNanos()));
            case 2 -> {
                var _ = now.shard.snapshot();
            }
            case 3 -> {
                if (now.consensus != null) {
                    now.consensus.depose();
                }
            }
            case 4 -> {
                int stream = random.nextInt(streams.size());
                long head = now.shard.events().head(streams.get(stream));
                long first = now.shard.events().first(streams.get(stream));
                long keep = first + random.nextLong(Math.max(1, head - first + 2));
                var _ = now.shard.submit(
                        new StreamCommand.Trim(streams.get(stream), keep).toRequest(owners.get(stream)));
            }
            case 5 -> {
                if (random.nextInt(20) == 0) {
                    int stream = random.nextInt(streams.size());
                    history.mayVanish(streams.get(stream));
                    var _ = now.shard.submit(
                            new StreamCommand.Delete(streams.get(stream)).toRequest(owners.get(stream)));
                }
            }
            default -> now.shard.housekeep();
        }
    }

    // --- clients

    private void act(World now) {
        Client client = clients[random.nextInt(CLIENTS)];
        Attempt current = client.current;
        if (current == null) {
            current = random.nextInt(8) == 0 ? again(client) : null;
            if (current == null) {
                current = fresh(now, client);
            }
            client.current = current;
        }
        if (!current.inFlight) {
            send(now, client, current);
        }
    }

    private Attempt fresh(World now, Client client) {
        int stream = client.tenant + tenants.size() * random.nextInt(streams.size() / tenants.size());
        int[] sizes = new int[1 + (random.nextInt(3) == 0 ? random.nextInt(12) : 0)];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = random.nextInt(random.nextInt(10) == 0 ? 1500 : 60);
        }
        long expected = -1;
        if (random.nextInt(4) == 0) {
            expected = Math.max(0, now.shard.events().head(streams.get(stream)) + random.nextInt(3) - 1);
        }
        String key = random.nextInt(3) == 0 ? "key-" + history.attempts().size() : null;
        long number = client.session.equals(Request.NO_SESSION) ? 0 : ++client.number;
        return history.add(new Attempt(
                owners.get(stream),
                streams.get(stream),
                history.payloads(sizes),
                expected,
                key,
                client.session,
                number));
    }

    /** An old append once more, as a client does that missed the reply: by its key, outside of any session. */
    private @Nullable Attempt again(Client client) {
        if (forgetful || history.attempts().isEmpty()) {
            return null;
        }
        Attempt old = history.attempts().get(random.nextInt(history.attempts().size()));
        boolean byKey = old.key != null && old.session.equals(Request.NO_SESSION);
        boolean byNumber = !old.session.equals(Request.NO_SESSION)
                && old.session.equals(client.session)
                && old.number == client.number;
        boolean settled = old.outcome == Attempt.Outcome.DONE || (byNumber && old.outcome == Attempt.Outcome.REFUSED);
        return settled && (byKey || byNumber) ? old : null;
    }

    private void send(World now, Client client, Attempt attempt) {
        attempt.inFlight = true;
        SimulatedDisk its = disk;
        var _ = now.shard.submit(attempt.toRequest()).whenComplete((reply, failure) -> {
            // A crashed process answers nobody.
            if (!its.crashed() && its == disk) {
                try {
                    hear(client, attempt, reply, failure);
                } catch (AssertionError e) {
                    broken = broken == null ? e : broken;
                }
            }
        });
    }

    private void hear(Client client, Attempt attempt, @Nullable Reply reply, @Nullable Throwable failure) {
        attempt.inFlight = false;
        if (failure != null) {
            unanswered(attempt, failure);
        } else if (reply != null) {
            answered(attempt, reply);
            if (attempt.outcome != Attempt.Outcome.WAITING && client.current == attempt) {
                client.current = null;
            }
        }
    }

    private boolean step(World now) {
        boolean stepped = now.simulation.step();
        if (broken != null) {
            throw broken;
        }
        return stepped;
    }

    private void unanswered(Attempt attempt, Throwable failure) {
        Throwable cause = failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
        if (!(cause instanceof ThalwegException known && known.code() == ErrorCode.UNAVAILABLE)) {
            throw new AssertionError("an unknown outcome is UNAVAILABLE and nothing else", failure);
        }
        if (attempt.outcome == Attempt.Outcome.WAITING && (forgetful || !attempt.retryable())) {
            abandon(attempt);
        }
    }

    private void answered(Attempt attempt, Reply reply) {
        switch (reply) {
            case Reply.Done(var result) -> {
                AppendResult told = AppendResult.decode(result);
                if (attempt.outcome == Attempt.Outcome.REFUSED) {
                    throw new AssertionError("refused first, done later");
                }
                if (attempt.outcome == Attempt.Outcome.DONE
                        && (told.firstSequence() != attempt.firstSequence
                                || told.timestampNs() != attempt.timestampNs)) {
                    throw new AssertionError(
                            "told " + attempt.firstSequence + " first, " + told.firstSequence() + " later");
                }
                if (attempt.outcome == Attempt.Outcome.DONE && attempt.number == 0 && !told.duplicate()) {
                    throw new AssertionError("the same key was appended twice");
                }
                if (told.count() != attempt.payloads.size()) {
                    throw new AssertionError("told " + told.count() + " events of " + attempt.payloads.size());
                }
                Reply before = attempt.reply;
                if (attempt.number > 0 && before != null && !before.equals(reply)) {
                    throw new AssertionError("a session's retry got another reply");
                }
                attempt.outcome = Attempt.Outcome.DONE;
                attempt.firstSequence = told.firstSequence();
                attempt.timestampNs = told.timestampNs();
                attempt.reply = reply;
            }
            case Reply.Refused refused -> refused(attempt, refused);
        }
    }

    private void refused(Attempt attempt, Reply.Refused refused) {
        switch (refused.code()) {
            case OVERLOADED, NOT_LEADER, UNAVAILABLE -> {
                // This sending changed nothing; what earlier ones did is still open.
            }
            case SEQUENCE_MISMATCH, NOT_FOUND -> {
                if (attempt.outcome != Attempt.Outcome.DONE) {
                    // An earlier sending may have been done before the stream was deleted; then nobody can tell any
                    // more.
                    boolean vanished = refused.code() == ErrorCode.NOT_FOUND && history.vanishes(attempt.stream);
                    attempt.outcome = vanished ? Attempt.Outcome.UNKNOWN : Attempt.Outcome.REFUSED;
                    attempt.reply = refused;
                } else if (refused.code() != ErrorCode.NOT_FOUND || !history.vanishes(attempt.stream)) {
                    throw new AssertionError("done first, " + refused + " later");
                }
            }
            case IDEMPOTENCY_WINDOW_FULL, SESSION_EVICTED -> {
                if (!forgetful) {
                    throw new AssertionError("refused with " + refused + " though there is room");
                }
                abandon(attempt);
            }
            default -> throw new AssertionError("refused with " + refused);
        }
    }

    // --- checks

    private void checkReads(World now) {
        for (StreamId stream : streams) {
            history.check(stream, now.shard.events());
        }
    }

    /** A halted shard acknowledges nothing any more. */
    private void mustBeSilent(World now) {
        long before = acknowledged();
        for (int i = 0; i < 200 && !disk.crashed(); i++) {
            act(now);
            step(now);
        }
        while (!disk.crashed() && step(now)) {
            // Let everything that is under way come out.
        }
        if (acknowledged() != before) {
            throw new AssertionError("the shard halted and then acknowledged");
        }
    }

    /** Lets all clients end. */
    private World finishClients() {
        World now = world;
        if (now == null) {
            throw new AssertionError("the last life ended early");
        }
        for (int round = 0; round < 100_000 && now.shard.failure().isEmpty(); round++) {
            boolean waiting = false;
            for (Client client : clients) {
                Attempt current = client.current;
                if (current != null && !current.inFlight) {
                    send(now, client, current);
                }
                waiting |= client.current != null;
            }
            if (!step(now) && !waiting) {
                break;
            }
        }
        now.shard.failure().ifPresent(failure -> {
            throw new AssertionError("the shard halted on a good disk", failure);
        });
        for (Client client : clients) {
            if (client.current != null) {
                throw new AssertionError("a client waits for ever");
            }
        }
        return now;
    }

    /** Compares with a replica that saw nothing but the committed entries. */
    private void finish() {
        World now = finishClients();
        checkReads(now);
        Shard replayed = replay(new SimulatedDisk());
        for (StreamId stream : streams) {
            history.check(stream, replayed.events());
            if (!now.shard.stats(stream).equals(replayed.stats(stream))) {
                throw new AssertionError(now.shard.stats(stream) + " is " + replayed.stats(stream) + " in the replay");
            }
        }
        if (!Arrays.equals(now.shard.digest(), replayed.digest())) {
            throw new AssertionError("the state differs from the one that the committed entries give");
        }
        replayed.close();
        now.shard.close();
    }

    private Shard replay(SimulatedDisk empty) {
        SplittableRandom salts = new SplittableRandom(seed);
        return Shard.open(
                options.withJournal(JournalOptions.small(1 << 16, salts::nextLong)),
                empty,
                clock,
                replica -> new ReplayConsensus(replica, quorum.entries()),
                List.of(),
                new ShardExecutors(Runnable::run, Runnable::run, Runnable::run, Runnable::run));
    }

    /**
     * Runs seeds, by default without end: {@code [first seed] [how many]}. Stops at the first that fails and prints the command that
     * repeats it.
     */
    public static void main(String[] arguments) {
        long first = arguments.length > 0 ? Long.parseLong(arguments[0]) : new SplittableRandom().nextLong(1L << 40);
        long count = arguments.length > 1 ? Long.parseLong(arguments[1]) : Long.MAX_VALUE;
        long done = 0;
        long acknowledged = 0;
        for (long seed = first; done < count; seed++) {
            acknowledged += check(seed).acknowledged();
            if (++done % 1000 == 0) {
                System.out.println(
                        done + " seeds from " + first + ", " + acknowledged + " acknowledged appends, all well");
            }
        }
        System.out.println(done + " seeds from " + first + ", " + acknowledged + " acknowledged appends, all well");
    }

    /** Runs one seed; a failure says how to repeat it. */
    public static ShardSimulation check(long seed) {
        ShardSimulation simulation = new ShardSimulation(seed);
        try {
            simulation.run();
        } catch (RuntimeException | Error e) {
            throw new AssertionError(
                    "seed " + seed + " fails; to repeat it: ./mvnw -q -pl testkit -am test -Dtest=ShardSimulationTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dthalweg.seed=" + seed + " -Dthalweg.seeds=1",
                    e);
        }
        return simulation;
    }
}
