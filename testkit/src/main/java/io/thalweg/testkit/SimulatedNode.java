package io.thalweg.testkit;

import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Consensus.Role;
import io.thalweg.shard.Shard;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.thread.ShardExecutors;
import io.thalweg.testkit.raft.RaftEntry.Members;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A machine of a {@link SimulatedGroup}: its disk and its clock outlive the process that runs on it, if one does. A process that
 * finds its files damaged does not start, and the machine is of no use to anybody any more. One thread.
 */
final class SimulatedNode {
    static final Path DIRECTORY = Path.of("/shard");
    private static final Path RAFT = Path.of("/raft");
    private static final long ELECTION_NS = 150_000_000;

    private final SimulatedGroup group;
    private final int id;

    /** Who its group is when its log is new; nobody for one that is added later. */
    private final Members first;

    private final List<Executor> lanes = new ArrayList<>();
    private SimulatedDisk disk = new SimulatedDisk();
    private long skewNs;
    private int life;
    private int installs;
    private @Nullable Shard shard;
    private List<Machine> machines = List.of();
    private @Nullable SimulatedConsensus consensus;

    /** Whether it was ever asked to be a voter: whoever leaves does not come back. */
    private boolean voted;

    /** Not a member any more, and never again. */
    private boolean retired;

    /** A bit of one of its files was inverted, once and for good. */
    private boolean flipped;

    /** Why it cannot go on from its files. */
    private @Nullable Throwable damage;

    SimulatedNode(SimulatedGroup group, int id, Members first) {
        this.group = group;
        this.id = id;
        this.first = first;
        voted = first.voters().contains(id);
    }

    int id() {
        return id;
    }

    @Nullable
    Shard shard() {
        return shard;
    }

    /** What its shard has beside its streams. */
    List<Machine> machines() {
        return machines;
    }

    @Nullable
    SimulatedConsensus consensus() {
        return consensus;
    }

    SimulatedDisk disk() {
        return disk;
    }

    /** Which process of this machine runs, or ran last. */
    int life() {
        return life;
    }

    /** Copies that were put in the place of what was here. */
    int installs() {
        return installs;
    }

    // ---- its process

    /** Runs something as the process of now. */
    void run(Runnable what) {
        run(life, what);
    }

    /** Runs something as this process, which may lose power on the way. */
    private void run(int its, Runnable what) {
        if (its != life) {
            return; // of a process that is no more
        }
        try {
            what.run();
        } catch (SimulatedCrash e) {
            if (its == life) {
                crash();
            }
        }
    }

    private Executor lane() {
        Executor lane = group.simulation.lane();
        lanes.add(lane);
        int its = life;
        return task -> lane.execute(() -> run(its, task));
    }

    void start() {
        if (retired || damage != null) {
            return;
        }
        run(() -> {
            try {
                open();
            } catch (UncheckedIOException | CorruptionException e) {
                if (!flipped) {
                    throw e;
                }
                giveUp(e);
            }
        });
    }

    private void open() {
        Executor raft = lane();
        Executor snapshots = lane();
        Executor making = lanes.getLast();
        SplittableRandom choices = group.random.split();
        Clock clock = clock();
        machines = group.tenancy.machines(disk);
        Shard opened = Shard.open(
                group.options,
                disk,
                clock,
                replica -> {
                    SimulatedConsensus made = new SimulatedConsensus(
                            id,
                            first,
                            replica,
                            disk,
                            RAFT,
                            group.quorum::note,
                            (message, to) -> group.network.send(group.time.monotonicNs(), id, to, message),
                            raft,
                            () -> {
                                installs++;
                                group.installed();
                                group.simulation.finish(making);
                            },
                            choices,
                            clock,
                            ELECTION_NS,
                            group.keeps);
                    consensus = made;
                    return made;
                },
                machines,
                new ShardExecutors(lane(), lane(), snapshots));
        shard = opened;
        group.tenancy.opened(this, opened, machines);
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public long wallNs() {
                return group.time.wallNs() + skewNs;
            }

            @Override
            public long monotonicNs() {
                return group.time.monotonicNs();
            }
        };
    }

    /** Loses power. */
    void crash() {
        life++;
        lanes.forEach(group.simulation::end);
        lanes.clear();
        disk = disk.crash(group.random);
        shard = null;
        consensus = null;
        group.crashed(this);
    }

    boolean leads() {
        Shard open = shard;
        return open != null && open.role() == Role.LEADER;
    }

    long term() {
        Shard open = shard;
        return open == null ? 0 : open.standing().term();
    }

    boolean isHalted() {
        Shard open = shard;
        return open != null && open.failure().isPresent();
    }

    // ---- what happens to the machine

    /** Its wall clock is set by so much. */
    void setClock(long byNs) {
        skewNs += byNs;
    }

    long skewNs() {
        return skewNs;
    }

    /** Inverts one bit of what the shard keeps, if it keeps anything. */
    void flip(SplittableRandom random) {
        List<Map.Entry<Path, Integer>> files = disk.files().entrySet().stream()
                .filter(file -> file.getKey().startsWith(DIRECTORY) && file.getValue() > 0)
                // Ledgers' files are compared with their checksums block by block when they are read, and not before
                // they are sent to another replica.
                .filter(file -> !file.getKey().startsWith(DIRECTORY.resolve("ledgers")))
                .toList();
        if (!files.isEmpty()) {
            Map.Entry<Path, Integer> file = files.get(random.nextInt(files.size()));
            disk.flip(file.getKey(), random.nextInt(file.getValue()), random.nextInt(8));
            flipped = true;
        }
    }

    /** A halt for damage is found when an operator looks. */
    void lookForDamage() {
        Shard open = shard;
        if (flipped && open != null && open.failure().isPresent()) {
            giveUp(open.failure().get());
        }
    }

    private void giveUp(Throwable why) {
        damage = why;
        crash();
    }

    boolean isFlipped() {
        return flipped;
    }

    /** Whether it has stepped aside for good, so that another has to come in its place. */
    boolean isDamaged() {
        return damage != null;
    }

    // ---- its membership

    boolean wasVoter() {
        return voted;
    }

    void becomesVoter() {
        voted = true;
    }

    boolean isRetired() {
        return retired;
    }

    /** Leaves the group for good. */
    void retire() {
        crash();
        retired = true;
    }

    @Override
    public String toString() {
        Shard open = shard;
        SimulatedConsensus raft = consensus;
        return "n" + id + (retired ? " retired" : "") + (damage == null ? "" : " damaged: " + damage.getMessage())
                + (open == null || raft == null
                        ? " down"
                        : " " + open.standing() + " applied " + open.appliedIndex() + " of "
                                + raft.member().lastIndex() + " "
                                + raft.member().members()
                                + open.failure().map(e -> " " + e).orElse(""));
    }
}
