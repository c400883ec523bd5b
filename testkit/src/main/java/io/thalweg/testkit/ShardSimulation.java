package io.thalweg.testkit;

import io.thalweg.log.journal.JournalOptions;
import io.thalweg.model.StreamId;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.thread.ShardExecutors;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
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
    private static final int LIFE_STEPS = 300;

    private final long seed;
    private final SplittableRandom random;
    private final SimulatedClock clock = new SimulatedClock(START_NS);
    private final Quorum quorum = new Quorum();
    private final History history = new History();
    private final Clients clients;
    private final ShardOptions options;
    private final boolean keepsTail;
    private final boolean lone;

    private SimulatedDisk disk = new SimulatedDisk();
    private @Nullable World world;
    private int crashes;

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
        boolean forgetful = random.nextInt(4) == 0;
        keepsTail = random.nextBoolean();
        lone = random.nextBoolean();
        options = ShardOptions.in(DIRECTORY)
                .withJournal(journal)
                .withEntriesInFlightMax(1 + random.nextInt(4))
                .withSnapshotEvery(1L << (10 + random.nextInt(6)), 20)
                .withIdempotency(forgetful ? Duration.ofMillis(2) : Duration.ofHours(1), forgetful ? 8 : 1000)
                .withSessionsMax(forgetful ? 2 : 100);
        clients = new Clients(random.split(), history, forgetful);
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
        return history.acknowledged();
    }

    /** One start, some work, and an end by crash. */
    private void live(int steps, boolean crash) {
        try {
            World opened = open(quorum);
            world = opened;
            clients.createStreams(opened.shard::submit);
            int at = 0;
            boolean checked = false;
            while (at++ < steps && !disk.crashed() && opened.shard.failure().isEmpty()) {
                if (random.nextInt(3) == 0) {
                    disturb(opened);
                }
                clients.act(door(opened));
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
        clients.hearNothingMore(this);
    }

    private World open(Quorum group) {
        Simulation simulation = new Simulation(random.split(), clock);
        SplittableRandom choices = random.split();
        Disk current = disk;
        ShardExecutors lanes = new ShardExecutors(simulation.lane(), simulation.lane(), simulation.lane());
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
                replica -> made[0] = SimulatedConsensus.alone(
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
            case 4 -> {
                clients.trim(door(now));
            }
            case 5 -> {
                if (random.nextInt(20) == 0) {
                    clients.delete(door(now));
                }
            }
            default -> now.shard.housekeep();
        }
    }

    /** The way in as long as this machine has power: a crashed process answers nobody. */
    private Clients.Door door(World now) {
        SimulatedDisk its = disk;
        return new Clients.Door(this, now.shard::submit, () -> !its.crashed() && its == disk, now.shard.events());
    }

    private boolean step(World now) {
        boolean stepped = now.simulation.step();
        clients.complain();
        return stepped;
    }

    // --- checks

    private void checkReads(World now) {
        for (StreamId stream : clients.streams()) {
            history.check(stream, now.shard.events());
        }
    }

    /** A halted shard acknowledges nothing any more. */
    private void mustBeSilent(World now) {
        long before = acknowledged();
        for (int i = 0; i < 200 && !disk.crashed(); i++) {
            clients.act(door(now));
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
            boolean waiting = clients.insist(door(now));
            if (!step(now) && !waiting) {
                break;
            }
        }
        now.shard.failure().ifPresent(failure -> {
            throw new AssertionError("the shard halted on a good disk", failure);
        });
        clients.mustBeDone();
        return now;
    }

    /** Compares with a replica that saw nothing but the committed entries. */
    private void finish() {
        World now = finishClients();
        checkReads(now);
        Shard replayed = replay(new SimulatedDisk());
        for (StreamId stream : clients.streams()) {
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
                new ShardExecutors(Runnable::run, Runnable::run, Runnable::run));
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
