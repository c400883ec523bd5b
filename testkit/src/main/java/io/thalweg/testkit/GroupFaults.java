package io.thalweg.testkit;

import io.thalweg.shard.Shard;
import io.thalweg.testkit.raft.RaftEntry.Members;
import io.thalweg.testkit.raft.SimulatedNetwork.Weather;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What goes wrong in a {@link SimulatedGroup}, and what its operators do: power is lost at any operation of a disk, on one machine or on all,
 * roads are cut, messages lost, late and doubled, clocks set, bits inverted, leadership moved, snapshots taken, members replaced. One thread.
 */
final class GroupFaults {
    private static final long MS = 1_000_000;
    /** Longer than anybody believes what it heard of a clock while it hears of others. */
    private static final long MOMENT_NS = 10_000 * MS;

    private static final long HOUR_NS = 3_600_000 * MS;

    /** Those that may ever be: each replacement is a new one. One that is damaged is always replaced. */
    private static final int NODES = 6;

    private static final Set<Integer> ALL = Set.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

    private final SimulatedGroup group;
    private final SplittableRandom random;
    private int replaced;
    private int flips;
    private int jumps;
    private long aloneFromNs = Long.MIN_VALUE;

    GroupFaults(SimulatedGroup group) {
        this.group = group;
        random = group.random;
    }

    /** One thing goes wrong, or is done to the group. */
    void happen() {
        SimulatedNode node = group.somebody();
        Shard shard = node.shard();
        switch (random.nextInt(19)) {
            case 0 -> node.crash();
            case 1 -> node.disk().crashAt(1 + random.nextInt(40));
            case 2, 3, 4 -> {
                if (shard == null || node.isHalted()) {
                    restart(node);
                }
            }
            case 5 -> group.network.isolate(Set.of(node.id()), ALL);
            case 6 -> group.network.cut(node.id(), random.nextInt(group.nodes().size()));
            case 7, 8 -> group.network.heal();
            case 9 -> group.network.weather(new Weather(0.1, 0.1, 50_000, 100 * MS));
            case 10 -> group.network.weather(Weather.FAIR);
            case 11 -> setClock(node);
            case 12 -> {
                if (shard != null) {
                    node.run(() -> {
                        var _ = shard.snapshot();
                    });
                }
            }
            case 13 -> {
                if (random.nextInt(4) == 0) {
                    group.nodes().forEach(SimulatedNode::crash);
                    group.nodes().forEach(SimulatedNode::start);
                }
            }
            case 14, 15, 16 -> changeMembers();
            case 17 -> flip(node);
            default -> {
                if (shard != null && node.leads()) {
                    node.run(() -> {
                        var _ = shard.transferLeadership(
                                "n" + random.nextInt(group.nodes().size()));
                    });
                }
            }
        }
        if (shard != null && node.shard() == shard) {
            node.run(shard::housekeep);
        }
    }

    /** Starts what is down, and what has halted anew. */
    void restart(SimulatedNode node) {
        node.lookForDamage();
        if (node.isHalted()) {
            node.crash();
        }
        if (node.shard() == null) {
            node.start();
        }
    }

    /**
     * Inverts a bit on a machine, if no other has one: what is promised is that one damaged replica does no harm. Whoever still learns has
     * nothing that counts.
     */
    private void flip(SimulatedNode node) {
        Members members = group.members();
        if (members == null
                || !members.voters().contains(node.id())
                || node.isRetired()
                || group.nodes().stream().anyMatch(each -> each.isFlipped() && !each.isRetired())) {
            return;
        }
        node.flip(random);
        flips += node.isFlipped() ? 1 : 0;
        if (random.nextBoolean()) {
            node.crash();
            node.start();
        }
    }

    /**
     * By some milliseconds; or by up to a day and a half ahead, and back, if no other machine is, nor was a moment ago: two that are ahead
     * together would be the majority.
     */
    private void setClock(SimulatedNode node) {
        long now = group.time.monotonicNs();
        boolean alone = now >= aloneFromNs
                && group.nodes().stream().allMatch(each -> each == node || each.isRetired() || each.skewNs() < HOUR_NS);
        if (node.skewNs() >= HOUR_NS) {
            node.setClock(-node.skewNs());
            aloneFromNs = now + MOMENT_NS;
        } else if (alone && random.nextBoolean()) {
            node.setClock(2 * HOUR_NS + random.nextLong(34 * HOUR_NS));
            jumps++;
        } else {
            node.setClock(random.nextLong(20 * MS) - 10 * MS);
        }
    }

    // ---- who belongs to the group

    /** One step on the way from a member to another in its place: a new one learns, votes, and an old one leaves. */
    void changeMembers() {
        SimulatedNode leading = group.anyLeader();
        SimulatedConsensus consensus = leading == null ? null : leading.consensus();
        if (leading == null || consensus == null) {
            return;
        }
        Members now = consensus.member().members();
        if (!now.learners().isEmpty()) {
            int learner = now.learners().first();
            group.nodes().get(learner).becomesVoter();
            leading.run(() -> consensus.change(now.with(learner, true, false)));
        } else if (now.voters().size() > SimulatedGroup.VOTERS) {
            int leaves = leaves(List.copyOf(now.voters()));
            leading.run(() -> consensus.change(now.with(leaves, false, false)));
        } else if (damagedIn(now) || (group.nodes().size() < NODES && random.nextInt(3) == 0)) {
            SimulatedNode added = unused(now);
            leading.run(() -> consensus.change(now.with(added.id(), false, true)));
        }
    }

    private int leaves(List<Integer> voters) {
        for (int voter : voters) {
            if (group.nodes().get(voter).isDamaged()) {
                return voter;
            }
        }
        return voters.get(random.nextInt(voters.size()));
    }

    private boolean damagedIn(Members members) {
        return members.voters().stream().anyMatch(id -> group.nodes().get(id).isDamaged());
    }

    /** Whether a machine that is of no use any more still belongs to the group. */
    boolean damagedIsMember() {
        Members members = group.members();
        return members == null || members.voters().size() > SimulatedGroup.VOTERS || damagedIn(members);
    }

    /** One that was never taken in, because its leader was none any more; or a new one. */
    private SimulatedNode unused(Members members) {
        for (SimulatedNode node : group.nodes()) {
            if (!node.wasVoter() && !node.isRetired() && !members.all().contains(node.id())) {
                return node;
            }
        }
        return group.add(Members.of());
    }

    /** Whoever has left for good is taken down: a leader that has committed as much as it knows of no such member. */
    void retire() {
        SimulatedConsensus leading = group.leading();
        if (leading == null) {
            return;
        }
        Members members = leading.member().committedMembers();
        List<SimulatedNode> leaving = new ArrayList<>();
        for (SimulatedNode node : group.nodes()) {
            SimulatedConsensus consensus = node.consensus();
            if (members.all().contains(node.id()) || node.isRetired()) {
                continue;
            }
            boolean knows = consensus != null
                    && consensus.isOpen()
                    && consensus.member().committedIndex() <= leading.member().committedIndex()
                    && consensus.member().committedMembers().voters().contains(node.id());
            if (knows || (node.isDamaged() && node.wasVoter())) {
                leaving.add(node);
            }
        }
        leaving.forEach(SimulatedNode::retire);
        replaced += leaving.size();
    }

    /** Members in whose place another came. */
    int replaced() {
        return replaced;
    }

    /** Bits that were inverted. */
    int flips() {
        return flips;
    }

    /** Clocks that were set hours ahead. */
    int jumps() {
        return jumps;
    }
}
