package io.thalweg.testkit;

import io.thalweg.shard.ShardOptions;
import io.thalweg.testkit.raft.RaftEntry.Members;
import io.thalweg.testkit.raft.RaftMessage;
import io.thalweg.testkit.raft.SimulatedNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The machines of a simulated group, the roads between them and the time that passes for all of them: what a {@link GroupSimulation}
 * happens to. One thread.
 */
final class SimulatedGroup {
    private static final long START_NS = 1_700_000_000_000_000_000L;

    /** How many voters the group has when nobody comes or goes. */
    static final int VOTERS = 3;

    /** A step that the simulation takes may make more; what is due is taken in pieces, so that time passes meanwhile. */
    private static final int STEPS_MAX = 6;

    final SplittableRandom random;
    final SimulatedClock time = new SimulatedClock(START_NS);
    final Simulation simulation;
    final SimulatedNetwork<RaftMessage> network;
    final Quorum quorum = new Quorum();
    final ShardOptions options;
    final SimulatedConsensus.Log keeps;

    /** What a shard has beside its streams, anew for each start. */
    final Tenancy tenancy;

    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final Consumer<SimulatedNode> onCrash;
    private int crashes;
    private int installs;
    private int leaders;
    private long term;

    /** @param onCrash told of each process that has ended */
    SimulatedGroup(
            SplittableRandom random,
            ShardOptions options,
            SimulatedConsensus.Log keeps,
            Tenancy tenancy,
            Consumer<SimulatedNode> onCrash) {
        this.random = random;
        this.options = options;
        this.keeps = keeps;
        this.tenancy = tenancy;
        this.onCrash = onCrash;
        simulation = new Simulation(random.split(), time);
        network = new SimulatedNetwork<>(random.split());
        for (int id = 0; id < VOTERS; id++) {
            add(Members.of(0, 1, 2));
        }
    }

    /** A machine more, and its process. */
    SimulatedNode add(Members first) {
        SimulatedNode added = new SimulatedNode(this, nodes.size(), first);
        nodes.add(added);
        added.start();
        return added;
    }

    List<SimulatedNode> nodes() {
        return nodes;
    }

    SimulatedNode somebody() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    /** Whoever believes to lead, of several any; null when nobody does. */
    @Nullable
    SimulatedNode anyLeader() {
        return nodes.stream().filter(SimulatedNode::leads).findAny().orElse(null);
    }

    /** Whoever leads, in the newest term that there was. */
    @Nullable
    SimulatedConsensus leading() {
        for (SimulatedNode node : nodes) {
            SimulatedConsensus consensus = node.consensus();
            if (node.leads() && consensus != null && consensus.member().term() >= term) {
                return consensus;
            }
        }
        return null;
    }

    /** Who belongs to the group for good, as its leader knows; null without one. */
    @Nullable
    Members members() {
        SimulatedConsensus leading = leading();
        return leading == null ? null : leading.member().committedMembers();
    }

    /** Lets time pass: messages arrive, timeouts end, and some of what is due is done. */
    void pass(long ns, Runnable afterEachStep) {
        time.advance(ns);
        long now = time.monotonicNs();
        for (var arrived : network.arrived(now)) {
            SimulatedNode node = nodes.get(arrived.to());
            SimulatedConsensus to = node.consensus();
            if (to != null) {
                node.run(() -> to.receive(arrived.message(), arrived.from()));
            }
        }
        for (SimulatedNode node : nodes) {
            SimulatedConsensus consensus = node.consensus();
            if (consensus != null) {
                node.run(() -> consensus.tick(now));
            }
        }
        for (int i = 0; i < STEPS_MAX && simulation.step(); i++) {
            afterEachStep.run();
        }
        for (SimulatedNode node : nodes) {
            if (node.leads() && node.term() > term) {
                term = node.term();
                leaders++;
            }
        }
    }

    /** Does all that is due. */
    void rest(Runnable afterEachStep) {
        while (simulation.step()) {
            afterEachStep.run();
        }
    }

    /** When something happens next by itself: a message or a timeout. */
    long nextNs() {
        long next = network.nextNs();
        for (SimulatedNode node : nodes) {
            SimulatedConsensus consensus = node.consensus();
            if (consensus != null && consensus.isOpen()) {
                next = Math.min(next, consensus.member().wakesNs());
            }
        }
        return next;
    }

    // ---- what is counted

    void crashed(SimulatedNode node) {
        crashes++;
        onCrash.accept(node);
    }

    void installed() {
        installs++;
    }

    int crashes() {
        return crashes;
    }

    int installs() {
        return installs;
    }

    int leaders() {
        return leaders;
    }
}
