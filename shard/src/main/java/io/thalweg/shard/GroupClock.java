package io.thalweg.shard;

import io.thalweg.ports.clock.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a member of a group takes for the latest time that a stamp of its may have, so that one clock that is a day ahead does not expire
 * what a day would have. A stamp runs ahead of the majority's clocks by no more than a step: the members say what their clocks show, that
 * is carried on by this node's own steady clock, and of all of them, its own among them, the earliest of the latest majority counts.
 * A clock that is behind holds nobody up: stamps go up anyway.
 *
 * <p>What was heard counts for an hour, in which a steady clock goes wrong by less than the step. Whoever has not heard a majority cannot
 * tell the time, and should take nothing yet ({@link #isKnown}); one that has to goes by its own clock.
 *
 * <p>Thread-safe.
 */
public final class GroupClock {
    /** How far a stamp may run ahead of the majority. */
    public static final Duration STEP = Duration.ofSeconds(2);

    private static final long HEARD_NS_MAX = Duration.ofHours(1).toNanos();
    private static final int MEMBERS_MAX = 1_024;
    private static final long WARN_EVERY_NS = Duration.ofMinutes(1).toNanos();

    private record Heard(long wallNs, long atNs) {}

    private final Clock own;
    private final long stepNs;
    private final Consumer<String> warnings;
    private final Map<String, Heard> others = new HashMap<>();
    private long warnedNs;

    /**
     * @param own this node's, whose wall clock may be wrong and whose steady clock is not
     * @param warnings told in words, once a minute at most, that stamps are held back
     */
    public GroupClock(Clock own, Duration step, Consumer<String> warnings) {
        this.own = own;
        stepNs = step.toNanos();
        this.warnings = warnings;
        warnedNs = own.monotonicNs() - WARN_EVERY_NS;
    }

    /** Another member's wall clock showed this just now, or a little before. */
    public synchronized void heard(String member, long wallNs) {
        if (others.size() >= MEMBERS_MAX && !others.containsKey(member)) {
            return;
        }
        others.put(member, new Heard(wallNs, own.monotonicNs()));
    }

    /**
     * Whether a majority's clocks are known, which takes as long after a start as it takes to be heard.
     *
     * @param members ids of the others that vote
     */
    public synchronized boolean isKnown(Collection<String> members) {
        return clocks(members).size() >= majority(members);
    }

    private static int majority(Collection<String> others) {
        return (others.size() + 1) / 2 + 1;
    }

    private List<Long> clocks(Collection<String> members) {
        long now = own.monotonicNs();
        List<Long> clocks = new ArrayList<>();
        clocks.add(own.wallNs());
        for (String member : members) {
            Heard heard = others.get(member);
            if (heard != null && now - heard.atNs <= HEARD_NS_MAX) {
                clocks.add(heard.wallNs + (now - heard.atNs));
            }
        }
        return clocks;
    }

    /**
     * The time for a stamp: this node's own, unless that is too far ahead, or nobody can tell.
     *
     * @param members ids of the others that vote
     */
    public synchronized long stampNs(Collection<String> members) {
        long wall = own.wallNs();
        long now = own.monotonicNs();
        int majority = majority(members);
        List<Long> clocks = clocks(members);
        if (clocks.size() < majority) {
            return wall;
        }
        clocks.sort(Collections.reverseOrder());
        long latest = clocks.get(majority - 1) + stepNs;
        if (wall <= latest) {
            return wall;
        }
        if (now - warnedNs >= WARN_EVERY_NS) {
            warnedNs = now;
            warnings.accept("this node's clock is " + Duration.ofNanos(wall - latest + stepNs)
                    + " ahead of the majority's: its stamps are held back to " + Duration.ofNanos(stepNs) + " ahead");
        }
        return latest;
    }
}
