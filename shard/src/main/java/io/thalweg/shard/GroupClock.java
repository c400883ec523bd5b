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
 * Nor does a stamp stay behind that by more than a step: a leader whose clock is a day behind would have nothing expire for a day.
 *
 * <p>News of the last seconds count, if they are a majority's; else those of the last minute; else those of the last hour, in which a steady
 * clock goes wrong by less than the step. So a member that fell silent when its clock was wrong does not vouch for another wrong one.
 * Whoever has not heard a majority for a minute cannot tell the time, and should take nothing yet ({@link #isKnown}); one that has to goes
 * by older news, or by its own clock.
 *
 * <p>Thread-safe.
 */
public final class GroupClock {
    /** How far a stamp may run ahead of the majority. */
    public static final Duration STEP = Duration.ofSeconds(2);

    private static final long KNOWN_NS_MAX = Duration.ofMinutes(1).toNanos();

    /** From the newest news to the oldest that count; members tell their clocks once a second. */
    private static final long[] NEWS_NS_MAX = {
        Duration.ofSeconds(5).toNanos(), KNOWN_NS_MAX, Duration.ofHours(1).toNanos()
    };

    private static final int MEMBERS_MAX = 1_024;

    /** In the year 2200: beyond it nobody's clock can be. */
    private static final long WALL_NS_MAX = 7_258_118_400_000_000_000L;

    private static final long WARN_EVERY_NS = Duration.ofMinutes(1).toNanos();

    private record Heard(long wallNs, long atNs) {}

    private final Clock own;
    private final long stepNs;
    private final Consumer<String> warnings;
    private final Map<String, Heard> others = new HashMap<>();
    private long warnedNs;

    /**
     * @param own this node's, whose wall clock may be wrong and whose steady clock is not
     * @param warnings told in words, once a minute at most, that stamps are held ahead or back
     */
    public GroupClock(Clock own, Duration step, Consumer<String> warnings) {
        this.own = own;
        stepNs = step.toNanos();
        this.warnings = warnings;
        warnedNs = own.monotonicNs() - WARN_EVERY_NS;
    }

    /** Another member's wall clock showed this just now, or a little before. */
    public synchronized void heard(String member, long wallNs) {
        if (wallNs < 0 || wallNs > WALL_NS_MAX || (others.size() >= MEMBERS_MAX && !others.containsKey(member))) {
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
        return clocks(members, KNOWN_NS_MAX).size() >= majority(members);
    }

    private static int majority(Collection<String> others) {
        return (others.size() + 1) / 2 + 1;
    }

    private List<Long> clocks(Collection<String> members, long oldNs) {
        long now = own.monotonicNs();
        List<Long> clocks = new ArrayList<>();
        clocks.add(own.wallNs());
        for (String member : members) {
            Heard heard = others.get(member);
            if (heard != null && now - heard.atNs <= oldNs) {
                clocks.add(heard.wallNs + (now - heard.atNs));
            }
        }
        return clocks;
    }

    /**
     * The time for a stamp: this node's own, unless that is too far ahead or behind; also where nobody can tell.
     *
     * @param members ids of the others that vote
     */
    public synchronized long stampNs(Collection<String> members) {
        long wall = own.wallNs();
        long now = own.monotonicNs();
        int majority = majority(members);
        List<Long> clocks = List.of();
        for (int i = 0; i < NEWS_NS_MAX.length && clocks.size() < majority; i++) {
            clocks = clocks(members, NEWS_NS_MAX[i]);
        }
        if (clocks.size() < majority) {
            return wall;
        }
        clocks.sort(Collections.reverseOrder());
        long reached = clocks.get(majority - 1);
        long stamp = Math.clamp(wall, reached - stepNs, reached + stepNs);
        if (stamp != wall && now - warnedNs >= WARN_EVERY_NS) {
            warnedNs = now;
            boolean isAhead = wall > stamp;
            warnings.accept("this node's clock is " + Duration.ofNanos(Math.abs(wall - reached))
                    + (isAhead ? " ahead of" : " behind") + " the majority's: its stamps are held "
                    + Duration.ofNanos(stepNs)
                    + (isAhead ? " ahead" : " behind"));
        }
        return stamp;
    }
}
