package io.thalweg.testkit;

import io.thalweg.log.journal.JournalOptions;
import io.thalweg.model.request.Operation;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.testkit.raft.SimulatedNetwork.Weather;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * One seeded life of a group of three real replicas, each on its own simulated disk, behind the small Raft of {@link
 * io.thalweg.testkit.raft}: clients append through whoever leads while all of {@link GroupFaults} happens. Busy times, in which every
 * fraction of a millisecond something happens, take turns with quiet ones, in which time goes from one message or timeout to the next. What
 * holds, all the time:
 *
 * <ul>
 *   <li>every replica applies the same entries in the same order ({@link Quorum});
 *   <li>replicas that have applied as far as each other have the same digest, and the same of those that they compare themselves;
 *   <li>what a reader has once seen at a place in a stream, nobody ever reads otherwise, on whichever replica;
 *   <li>a retry gets the reply that was given before, whoever leads by then ({@link Clients});
 *   <li>a replica of whose files one has a wrong bit gives right answers or none, steps aside, and hands the bit to nobody.
 * </ul>
 *
 * <p>And at the end, in quiet: all members agree, have all that was acknowledged and nothing twice ({@link History}), and a replica
 * that was fed nothing but the committed entries has the same digest. A {@link Tenancy} has more to say where shards hold more than
 * streams.
 */
public final class GroupSimulation {
    private static final long MS = 1_000_000;
    private static final long QUIET_NS_MAX = 12_000 * MS;

    /** For each hour of the processor's time at least so many are simulated, or finding something takes too long: half of the goal. */
    private static final long HOURS_MIN = 250;

    /** Before that the compiler has taken most of the time. */
    private static final long SEEDS_WARM = 500;

    /** A halt is an ordinary day here. Held, or its level would be forgotten. */
    private static final Logger QUIET = Logger.getLogger(Shard.class.getName());

    private final long seed;
    private final SplittableRandom random;
    private final History history = new History();
    private final Clients clients;
    private final Tenancy tenancy;
    private final SimulatedGroup group;
    private final GroupFaults faults;
    private final GroupChecks checks;

    public GroupSimulation(long seed) {
        this(seed, Tenancy.NONE);
    }

    /** @param tenancy what the shards hold beside streams */
    public GroupSimulation(long seed, Tenancy tenancy) {
        QUIET.setLevel(Level.OFF);
        this.seed = seed;
        this.tenancy = tenancy;
        random = new SplittableRandom(seed);
        clients = new Clients(random.split(), history, tenancy.forgets());
        SplittableRandom salts = random.split();
        ShardOptions options = ShardOptions.in(SimulatedNode.DIRECTORY)
                .withJournal(JournalOptions.small(2048 << random.nextInt(4), salts::nextLong))
                .withEntriesInFlightMax(1 + random.nextInt(4))
                .withSnapshotEvery(1L << (10 + random.nextInt(6)), 20);
        var keeps = random.nextBoolean() ? SimulatedConsensus.Log.SHORT : SimulatedConsensus.Log.TAIL;
        group = new SimulatedGroup(random, tenancy.options(options), keeps, tenancy, this::onCrash);
        faults = new GroupFaults(group);
        checks = new GroupChecks(group, history, clients.streams());
    }

    private void onCrash(SimulatedNode node) {
        clients.hearNothingMore(node);
        tenancy.hearNothingMore(node);
    }

    /** Lives once; throws {@link AssertionError} when a promise is broken. */
    public void run() {
        int turns = 7 + random.nextInt(14);
        for (int turn = 0; turn < turns; turn++) {
            if (turn >= seed % 5) {
                raise();
            }
            busy(20 + random.nextInt(130));
            quiet(random.nextLong(QUIET_NS_MAX));
        }
        settle();
    }

    /** Every fraction of a millisecond somebody asks for something, or something breaks. */
    private void busy(int steps) {
        for (int step = 0; step < steps; step++) {
            if (random.nextInt(40) == 0) {
                faults.happen();
            }
            pass(random.nextInt(8) == 0 ? random.nextLong(10 * MS) : random.nextLong(MS / 2));
            ask(false);
        }
    }

    /** All programs know what is new by now, as whoever leads hears in the middle of something: the order may have it, and replicas compare digests. */
    private void raise() {
        for (SimulatedNode node : group.nodes()) {
            Shard shard = node.shard();
            if (shard != null && node.leads() && shard.version() < Operation.VERSION_NEWEST) {
                node.run(() -> {
                    var _ = shard.raise(Operation.VERSION_NEWEST);
                });
            }
        }
    }

    /** Nobody asks for anything; time goes from one message or timeout to the next. */
    private void quiet(long ns) {
        long end = group.time.monotonicNs() + ns;
        for (long now = group.time.monotonicNs(); now < end; now = group.time.monotonicNs()) {
            pass(Math.max(1, Math.min(end, group.nextNs()) - now));
            group.rest(this::complain);
            faults.retire();
        }
    }

    private void pass(long ns) {
        group.pass(ns, this::complain);
        complain();
        tend();
        checks.watch();
    }

    /** What nodes do by themselves. */
    private void tend() {
        for (SimulatedNode node : group.nodes()) {
            if (node.shard() != null && !node.isHalted()) {
                node.run(() -> tenancy.step(node, group.time.monotonicNs()));
            }
        }
    }

    private void complain() {
        clients.complain();
        tenancy.complain();
    }

    /** Lets clients ask whoever leads, or somebody. */
    private void ask(boolean insist) {
        SimulatedNode node = group.somebody();
        for (SimulatedNode other : group.nodes()) {
            node = other.leads() && random.nextInt(8) > 0 ? other : node;
        }
        Shard shard = node.shard();
        if (shard == null || node.isHalted()) {
            return;
        }
        SimulatedNode chosen = node;
        int its = node.life();
        node.run(() -> {
            if (chosen.leads() && random.nextInt(40) == 0) {
                clients.createStreams(shard::submit);
            }
            Clients.Door door = new Clients.Door(chosen, shard::submit, () -> its == chosen.life(), shard.events());
            if (insist) {
                clients.insist(door);
            } else {
                clients.act(door);
            }
            tenancy.act(door, insist);
        });
    }

    private void settle() {
        group.network.heal();
        group.network.weather(Weather.FAIR);
        for (SimulatedNode node : group.nodes()) {
            node.disk().calm();
            faults.restart(node);
        }
        quiet(1_500 * MS);
        boolean done = false;
        for (int round = 0; round < 20_000 && !done; round++) {
            ask(true);
            quiet(5 * MS);
            if (faults.damagedIsMember() && round % 20 == 0) {
                faults.changeMembers();
            }
            // Damage may be found as late as this.
            group.nodes().stream().filter(SimulatedNode::isHalted).toList().forEach(faults::restart);
            done = !clients.areWaiting() && !tenancy.isWaiting() && !faults.damagedIsMember() && checks.agree();
        }
        if (clients.areWaiting() || tenancy.isWaiting()) {
            throw new AssertionError("a client waits for ever: " + group.nodes());
        }
        if (!checks.agree()) {
            throw new AssertionError("the replicas do not come to the same end: " + group.nodes());
        }
        checks.checkEnd(seed);
    }

    // ---- for whoever runs it

    public long acknowledged() {
        return history.acknowledged();
    }

    public int crashes() {
        return group.crashes();
    }

    /** Snapshots that a member took over from another. */
    public int installs() {
        return group.installs();
    }

    /** Members in whose place another came. */
    public int replaced() {
        return faults.replaced();
    }

    /** Bits that were inverted in files at rest. */
    public int flips() {
        return faults.flips();
    }

    /** Clocks that were set hours ahead. */
    public int jumps() {
        return faults.jumps();
    }

    /** Replicas that stepped aside because of an inverted bit. */
    public int damaged() {
        return (int) group.nodes().stream().filter(SimulatedNode::isDamaged).count();
    }

    /** Places at which replicas were compared. */
    public int compared() {
        return checks.compared();
    }

    /** How many leaders there were. */
    public int leaders() {
        return group.leaders();
    }

    /** Simulated time that has passed. */
    public long simulatedNs() {
        return group.time.monotonicNs();
    }

    /** Runs one seed; a failure says how to repeat it. */
    public static GroupSimulation check(long seed) {
        GroupSimulation simulation = new GroupSimulation(seed);
        try {
            simulation.run();
        } catch (RuntimeException | Error e) {
            throw new AssertionError(
                    "seed " + seed + " fails; to repeat it: ./mvnw -q -pl testkit -am test -Dtest=GroupSimulationTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dthalweg.seed=" + seed + " -Dthalweg.seeds=1",
                    e);
        }
        return simulation;
    }

    /**
     * Runs seeds, by default without end: {@code [first seed] [how many]}; says how much time it simulates for an hour of the processor's
     * time, all threads of this process counted, and fails where that is far too little.
     */
    public static void main(String[] arguments) {
        long first = arguments.length > 0 ? Long.parseLong(arguments[0]) : new SplittableRandom().nextLong(1L << 40);
        long count = arguments.length > 1 ? Long.parseLong(arguments[1]) : Long.MAX_VALUE;
        var process = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long simulatedNs = 0;
        long acknowledged = 0;
        long crashes = 0;
        long installs = 0;
        long replaced = 0;
        long flips = 0;
        for (long done = 1; done <= count; done++) {
            GroupSimulation one = check(first + done - 1);
            simulatedNs += one.simulatedNs();
            acknowledged += one.acknowledged();
            crashes += one.crashes();
            installs += one.installs();
            replaced += one.replaced();
            flips += one.flips();
            long hours = simulatedNs / Math.max(1, process.getProcessCpuTime());
            if (done >= SEEDS_WARM && hours < HOURS_MIN) {
                throw new AssertionError(
                        "only " + hours + " simulated hours for each CPU hour, expected at least " + HOURS_MIN);
            }
            if (done % 100 == 0 || done == count) {
                System.out.println(done + " seeds from " + first + ", " + simulatedNs / 3_600_000_000_000L
                        + " simulated hours, " + acknowledged + " acknowledged appends, " + crashes + " crashes, "
                        + installs + " installs, " + replaced + " members replaced, " + flips + " bits inverted, "
                        + hours
                        + " simulated hours for each CPU hour, all well");
            }
        }
    }
}
