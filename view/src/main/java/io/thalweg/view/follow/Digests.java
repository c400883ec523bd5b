package io.thalweg.view.follow;

import io.thalweg.model.StreamId;
import io.thalweg.model.event.EventId;
import io.thalweg.view.Gap;
import io.thalweg.view.StateDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * What a version's state came to at places that all its replicas have alike: before each event with which the time in its stream passes a multiple of some duration.
 * The order says the time, so that nobody has to agree on anything; how many events there are costs nothing, and a view to which nothing comes is not looked at. The newest few
 * are kept. The worker decides; values may come later, on any thread.
 */
final class Digests {
    /** How values are made; another one when that is changed. */
    private static final long FORM = 1;

    private static final long PRIME = 0xD6E8FEB86659FD93L;
    private static final int KEPT = 8;
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final long everyNs;
    private final long shiftNs;
    private long nextNs = UNKNOWN;
    private int life; // guarded by this
    private volatile List<StateDigest> kept = List.of(); // written under this

    /** @param every views are not looked at all at once, but each replica of one is at the same place */
    Digests(Follower.Identity id, Duration every) {
        this.everyNs = every.toNanos();
        this.shiftNs = Math.floorMod(id.view().value().getLeastSignificantBits(), everyNs);
    }

    /** An event with this time, or a later one, is to be told of. */
    long nextNs() {
        return nextNs;
    }

    /** Such an event is next: whether there is a place before it. Nobody knows that of the first event behind the state that was begun with. */
    boolean reached(long timestampNs) {
        boolean known = nextNs != UNKNOWN;
        nextNs = (Math.floorDiv(timestampNs - shiftNs, everyNs) + 1) * everyNs + shiftNs;
        return known;
    }

    /** Another state was begun with, somewhere else in the stream. */
    void restart() {
        nextNs = UNKNOWN;
    }

    /** What a state leaves out. */
    long basis(List<Gap> gaps, Set<EventId> skipped, StreamId stream, long sequence) {
        long basis = mix(FORM, everyNs);
        for (Gap gap : gaps) {
            basis = mix(mix(basis, gap.from()), gap.to());
        }
        long[] passed = skipped.stream()
                .filter(event -> event.stream().equals(stream))
                .mapToLong(EventId::sequence)
                .filter(at -> at <= sequence)
                .sorted()
                .toArray();
        for (long at : passed) {
            basis = mix(basis, at);
        }
        return basis;
    }

    private static long mix(long all, long what) {
        long mixed = (all ^ what) * PRIME;
        return mixed ^ (mixed >>> 32);
    }

    /** To be given back with a value, which counts only if nothing was {@link #forget}ed meanwhile. */
    synchronized int life() {
        return life;
    }

    synchronized void add(int its, StateDigest digest) {
        if (its == life) {
            List<StateDigest> next = new ArrayList<>(kept);
            next.add(digest);
            next.sort(Comparator.comparingLong(StateDigest::sequence)); // values may overtake each other
            if (next.size() > KEPT) {
                next.removeFirst();
            }
            kept = List.copyOf(next);
        }
    }

    /** They were of a state that is not gone on from. */
    synchronized void forget() {
        life++;
        kept = List.of();
    }

    /** Oldest first; any thread. */
    List<StateDigest> kept() {
        return kept;
    }
}
