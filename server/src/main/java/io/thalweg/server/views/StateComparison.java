package io.thalweg.server.views;

import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.view.StateDigest;
import io.thalweg.view.VersionStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether the states of views here are what the other replicas have come to with the same events, and has one made again that is not. All replicas note what their
 * state comes to at the same places ({@link StateDigest}). Each asks the others for itself and goes by the newest place about which a majority of all replicas says the same, itself counted:
 * if that is not what it has, it is the odd one, be it the leader's or not, and the state is made again from one that is older than the last place at which it was like the others'.
 *
 * <p>Where no majority says the same nobody knows who is right, and each says so in its log. Of two replicas the one that does not lead makes its state again, since what comes of the
 * events once more is right unless the machine is broken; the leader's goes on answering. Where three are all different it is the code that does not keep its contract, and nobody's
 * state is made again; nor is one because others say nothing about a place yet. It is done once for a version on a node, also over starts of its process: a state that is other again is left as
 * it is, with an error in the log.
 *
 * <p>Used by one thread.
 */
final class StateComparison {
    private static final Logger LOG = LoggerFactory.getLogger(StateComparison.class);

    /** How often others are asked about the same place, each time after twice as many looks: not all have come as far yet. */
    private static final int ROUNDS_MAX = 10;

    /** Versions about which others are asked at one look. */
    private static final int ASKED_MAX = 16;

    /** What was found. */
    enum Verdict {
        /** Most have come to the same. */
        RIGHT,
        /** Most have come to the same, and this replica to something else. */
        ODD,
        /** Not enough of them have said anything about the same place. */
        OPEN,
        /** All have, and no majority has come to the same. */
        DIVIDED
    }

    /**
     * @param place the newest about which there is a verdict; while all is open, the newest at which anybody differs
     * @param others who has come to something else there
     * @param leader whether who leads is among them
     */
    record Finding(Verdict verdict, StateDigest place, List<String> others, boolean leader) {}

    private record Version(ViewId view, int number) {}

    /** What is known of a version. */
    private static final class Case {
        /** The newest place about which nothing is open any more. */
        private long settled = -1;

        /** The newest place at which it was like most. */
        private long right = -1;

        private long asked = -1;
        private int rounds;
        private int looksLeft;
    }

    private final RunningViews here;
    private final ViewReplicas others;
    private final Map<Version, Case> cases = new HashMap<>();

    StateComparison(RunningViews here, ViewReplicas others) {
        this.here = here;
        this.others = others;
    }

    /** Looks at all views here, once. */
    void look() throws InterruptedException {
        Set<Version> running = new HashSet<>();
        int asked = 0;
        for (VersionStatus status : here.status()) {
            Version version = new Version(status.view(), status.version());
            running.add(version);
            List<StateDigest> own = status.digests();
            Case its = cases.computeIfAbsent(version, _ -> new Case());
            if (own.isEmpty() || own.getLast().sequence() <= its.settled) {
                continue;
            }
            OptionalInt shard = here.shard(status);
            if (asked < ASKED_MAX
                    && shard.isPresent()
                    && isDue(its, own.getLast().sequence())) {
                asked++;
                List<ViewReplicas.Replica> said = others.others(shard.getAsInt(), status.view());
                Finding found = find(own, version.number, said, others.holders(shard.getAsInt()));
                boolean follows = !here.leads(shard.getAsInt());
                conclude(its, status, found, follows && found.leader && others.holders(shard.getAsInt()) == 2);
            }
        }
        cases.keySet().retainAll(running);
    }

    private static boolean isDue(Case its, long newest) {
        if (newest != its.asked) {
            its.asked = newest;
            its.rounds = 0;
            its.looksLeft = 1;
        }
        if (its.rounds >= ROUNDS_MAX || --its.looksLeft > 0) {
            return false;
        }
        its.rounds++;
        its.looksLeft = 1 << its.rounds;
        return true;
    }

    private void conclude(Case its, VersionStatus status, Finding found, boolean yields) {
        long at = found.place.sequence();
        switch (found.verdict) {
            case RIGHT -> {
                its.settled = at;
                its.right = at;
                if (!found.others.isEmpty()) {
                    LOG.error(
                            "view {} version {} has come to something else at {} on {}: that replica is the odd one,"
                                    + " and its state is made again when it hears so",
                            status.view(),
                            status.version(),
                            at,
                            found.others);
                }
            }
            case ODD -> {
                its.settled = at;
                LOG.error(
                        "view {} version {} has come to something else at {} than most: than on {}",
                        status.view(),
                        status.version(),
                        at,
                        found.others);
                makeAgain(its, status);
            }
            case DIVIDED -> {
                divided(its, status, found);
                if (yields) {
                    makeAgain(its, status);
                }
            }
            case OPEN -> {
                if (its.rounds >= ROUNDS_MAX && !found.others.isEmpty()) {
                    divided(its, status, found);
                }
            }
        }
    }

    private void divided(Case its, VersionStatus status, Finding found) {
        its.settled = found.place.sequence();
        LOG.error(
                "view {} version {} has come to something else at {} here than on {}, and no majority has come to the"
                        + " same: nobody knows who is right",
                status.view(),
                status.version(),
                found.place.sequence(),
                found.others);
    }

    private void makeAgain(Case its, VersionStatus status) {
        try {
            if (!here.renew(status.view(), status.version(), its.right + 1)) {
                LOG.error(
                        "view {} version {} is other again, though its state was made again once: its code does not"
                            + " give the same bytes of a snapshot for the same events, or this machine is broken; it"
                            + " is left as it is",
                        status.view(),
                        status.version());
            }
        } catch (ThalwegException e) {
            LOG.debug("view {} is gone", status.view(), e);
        }
    }

    /**
     * What digests say, from the newest place back.
     *
     * @param own those of the replica here, oldest first, one at least
     * @param version whose they are
     * @param holders how many replicas there are, this one among them
     */
    static Finding find(List<StateDigest> own, int version, List<ViewReplicas.Replica> others, int holders) {
        Finding open = new Finding(Verdict.OPEN, own.getLast(), List.of(), false);
        for (StateDigest place : own.reversed()) {
            Map<Long, Integer> counts = new HashMap<>(Map.of(place.value(), 1));
            List<String> differ = new ArrayList<>();
            boolean leader = false;
            int known = 1;
            for (ViewReplicas.Replica other : others) {
                for (StateDigest its : other.digests(version)) {
                    if (its.sequence() == place.sequence() && its.basis() == place.basis()) {
                        known++;
                        counts.merge(its.value(), 1, Integer::sum);
                        if (its.value() != place.value()) {
                            differ.add(other.node());
                            leader |= other.leads();
                        }
                    }
                }
            }
            int majority = holders / 2 + 1;
            for (Map.Entry<Long, Integer> count : counts.entrySet()) {
                if (count.getValue() >= majority) {
                    Verdict verdict = count.getKey() == place.value() ? Verdict.RIGHT : Verdict.ODD;
                    return new Finding(verdict, place, differ, leader);
                }
            }
            if (known >= holders) {
                return new Finding(Verdict.DIVIDED, place, differ, leader);
            }
            if (open.others.isEmpty() && !differ.isEmpty()) {
                open = new Finding(Verdict.OPEN, place, differ, leader);
            }
        }
        return open;
    }
}
