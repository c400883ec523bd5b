package io.thalweg.memo.peering;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How one copy of one memo is let go, seen from one slab that holds it.
 *
 * <ol>
 *   <li>It announces that it would leave, in a round with a number of its own.
 *   <li>A holder that is not leaving itself answers that it stays, and from then on does not count on the leaver. One that is leaving, too, gives
 *       way if the other's id is smaller: it gives up its own round, and answers. Otherwise it says nothing.
 *   <li>When those who stay are enough by themselves, the leaver drops its copy. Otherwise it gives up after a while, and says that it has it still.
 * </ol>
 *
 * <p><b>Why the last copies cannot go together.</b> Whoever drops has the answer of one who stayed, given when that one was not
 * leaving. So the round in which that one itself leaves, if ever, begins after that answer, hence after the beginning of the
 * first one's round. Were there a circle of droppers each relying on the next, each of their last rounds would have begun after the one
 * before it, all around. Answers to an earlier round do not count, which is what the number is for. This needs no clocks and
 * no leases, and any messages may be lost, repeated or late. A test plays all orders of three slabs.
 *
 * <p>Not thread-safe.
 */
public final class Departure {
    private final UUID self;
    private long round;
    private boolean leaving;
    private final Set<UUID> staying = new HashSet<>();

    public Departure(UUID self) {
        this.self = self;
    }

    /** Begins a round: the number to announce. */
    public long begin(long number) {
        if (number <= round) {
            throw new IllegalArgumentException("round " + number + " is not after " + round);
        }
        round = number;
        leaving = true;
        staying.clear();
        return round;
    }

    public boolean isLeaving() {
        return leaving;
    }

    /** Another holder would leave: whether to answer that oneself stays. */
    public boolean staysFor(UUID other) {
        if (leaving && other.compareTo(self) >= 0) {
            return false;
        }
        giveUp();
        return true;
    }

    /** Somebody stays, in answer to a round. */
    public void stays(UUID other, long answeredRound) {
        if (leaving && answeredRound == round) {
            staying.add(other);
        }
    }

    /** Those who stay; null when this slab is not leaving and must keep its copy. */
    public @Nullable List<UUID> staying() {
        return leaving ? new ArrayList<>(staying) : null;
    }

    /** Ends the round without leaving. */
    public void giveUp() {
        leaving = false;
        staying.clear();
    }
}
