package io.thalweg.testkit;

import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.thread.ShardExecutors;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A shard for tests that want one without threads, files or waiting: on a {@link SimulatedDisk}, under a {@link
 * SimulatedConsensus}, stepped by whoever calls it. It can lose power and start again, also with the directory's machine or
 * any other beside the streams. One thread.
 */
public final class SimulatedShard {
    private final ShardOptions options;
    private final Function<SimulatedDisk, List<Machine>> machines;
    private final SplittableRandom random;
    private final SimulatedClock clock = new SimulatedClock(1_700_000_000_000_000_000L);
    private final Quorum quorum = new Quorum();
    private final boolean keepsTail;
    private final boolean lone;
    private long heldBackNs;
    private SimulatedDisk disk;
    private @Nullable Simulation simulation;
    private @Nullable Shard shard;

    /**
     * Makes a shard on an empty disk and starts it.
     *
     * @param machines makes the machines beside the streams, anew for each start
     * @param keepsTail see {@link SimulatedConsensus}
     */
    public SimulatedShard(long seed, ShardOptions options, Supplier<List<Machine>> machines, boolean keepsTail) {
        this(_ -> machines.get(), seed, options, keepsTail);
    }

    /** The same for machines that keep files on the disk that they are given. */
    public SimulatedShard(
            Function<SimulatedDisk, List<Machine>> machines, long seed, ShardOptions options, boolean keepsTail) {
        this(machines, seed, options, keepsTail, false);
    }

    /** The same, as a lone shard or as one in a group. */
    SimulatedShard(
            Function<SimulatedDisk, List<Machine>> machines,
            long seed,
            ShardOptions options,
            boolean keepsTail,
            boolean lone) {
        this.lone = lone;
        this.options = options;
        this.machines = machines;
        this.keepsTail = keepsTail;
        random = new SplittableRandom(seed);
        disk = new SimulatedDisk();
        start();
    }

    /** Starts the shard on {@code disk}; throws what the shard throws. */
    public void startOn(SimulatedDisk found) {
        disk = found;
        start();
    }

    private void start() {
        shard = null;
        Simulation world = new Simulation(random.split(), clock);
        SplittableRandom choices = random.split();
        SimulatedDisk current = disk;
        simulation = world;
        ShardExecutors lanes = new ShardExecutors(world.lane(), world.lane(), world.lane());
        shard = lone
                ? Shard.openLone(
                        options,
                        current,
                        clock,
                        replica -> new Witness(replica, quorum),
                        machines.apply(current),
                        lanes)
                : Shard.open(
                        options,
                        current,
                        clock,
                        replica -> new HeldBack(
                                SimulatedConsensus.alone(
                                        replica, current, Path.of("/raft"), quorum, world, choices, keepsTail),
                                () -> heldBackNs),
                        machines.apply(current),
                        lanes);
        settle();
    }

    public Shard shard() {
        Shard open = shard;
        if (open == null) {
            throw new IllegalStateException("the shard did not start");
        }
        return open;
    }

    public SimulatedDisk disk() {
        return disk;
    }

    public SimulatedClock clock() {
        return clock;
    }

    /** From now on the node's clock is so far ahead of what its group stamps; not for a lone shard. */
    public void setAhead(long ns) {
        clock.jump(ns - heldBackNs);
        heldBackNs = ns;
    }

    /** Runs everything that is under way to its end. */
    public void settle() {
        Simulation world = simulation;
        while (world != null && world.step()) {
            // Each step may make more.
        }
    }

    /** Submits a request and runs until nothing more happens; throws the request's failure. */
    public Reply call(Request request) {
        return settled(shard().submit(request));
    }

    /** Takes a snapshot; returns its index. */
    public long snapshot() {
        return settled(shard().snapshot());
    }

    private <T> T settled(CompletableFuture<T> future) {
        settle();
        if (!future.isDone()) {
            throw new AssertionError("nothing is under way any more, but there is no answer");
        }
        return future.join();
    }

    /** Loses power, and starts on what the disk kept. */
    public void crash() {
        startOn(disk.crash(random));
    }

    /** Stops in an orderly way, without a last snapshot, and starts again. */
    public void restart() {
        shard().close();
        startOn(disk);
    }

    /** What was committed, in order. */
    List<Quorum.Committed> committed() {
        return quorum.entries();
    }

    /** The digest of a replica that never saw anything but the entries that were committed, in a world without faults. */
    public byte[] replayedDigest() {
        SimulatedDisk empty = new SimulatedDisk();
        try (Shard replayed = Shard.open(
                options,
                empty,
                clock,
                replica -> new ReplayConsensus(replica, quorum.entries()),
                machines.apply(empty),
                new ShardExecutors(Runnable::run, Runnable::run, Runnable::run))) {
            return replayed.digest();
        }
    }
}
