package io.thalweg.view.java.run;

import io.thalweg.view.java.Start;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition may take what it follows: where it begins, and up to where it goes while another state of the view is ahead of it, or while
 * its view is held so that another can take over. One thread, but for {@link #hold}.
 */
final class Reach {
    private final Wiring wiring;
    private final Surroundings around;
    private final Streams streams;

    /** Up to when its timers come while it takes no more in; null while it does. */
    private volatile @Nullable Instant heldSince;

    private boolean following;
    private Map<String, Long> taken = Map.of();
    private @Nullable Instant until;

    Reach(Wiring wiring, Surroundings around) {
        this.wiring = wiring;
        this.around = around;
        this.streams = around.streams();
    }

    /** Has the partition take in nothing more of its logs, and end what is under way; or go on. */
    void hold(@Nullable Instant since) {
        heldSince = since;
    }

    boolean isHeld() {
        return heldSince != null;
    }

    /** Whether another state of the view is ahead of this one, which goes nowhere outside. */
    boolean isFollowing() {
        return following;
    }

    /** Looks how far it is now; before each step. */
    void look(Positions positions, Instant now) {
        Surroundings.Ahead ahead = around.ahead();
        following = positions.place() == Positions.Place.FOLLOWS || (ahead != null && positions.step() == 0);
        Instant held = heldSince;
        until = held == null || now.isBefore(held) ? now : held;
        if (!following) {
            return;
        }
        if (ahead == null) {
            // Nobody is ahead that could say how far: it stands still until somebody does, or it takes over.
            taken = Map.of();
            until = Instant.MIN;
            return;
        }
        taken = ahead.taken(wiring.partition(), wiring.partitions());
        until = timersUntil(ahead, now);
    }

    /**
     * Up to when the other has no timer any more. What it has taken so far may hop still, and set timers then, that this one has set already; its clock may stand
     * still meanwhile. So none comes before nothing hops there, and none that is there still. What is read is read in this order: the events first, then what came of them.
     */
    private Instant timersUntil(Surroundings.Ahead ahead, Instant now) {
        Instant mine = wiring.looksAtTheClock()
                ? Clockwork.nextTimer(
                        around.space(),
                        wiring.partition(),
                        wiring.partitions(),
                        around.store().store().latest())
                : null;
        if (mine == null || mine.isAfter(now) || !ahead.isQuiet()) {
            return Instant.MIN;
        }
        Instant next = ahead.nextTimer(wiring.partition(), wiring.partitions());
        return next != null && !next.isAfter(now) ? next.minusNanos(1) : now;
    }

    /** The newest event of a stream of its logs that it may take; all there will ever be without a bound. */
    long upTo(String stream) {
        if (heldSince != null) {
            return 0;
        }
        return following ? taken.getOrDefault(stream, 0L) : Long.MAX_VALUE;
    }

    /** The same of a stream that any partition follows. */
    long upToOfAny(String stream, int follower) {
        Surroundings.Ahead ahead = around.ahead();
        if (!following || heldSince != null || ahead == null) {
            return upTo(stream);
        }
        return ahead.taken(follower, wiring.partitions()).getOrDefault(stream, 0L);
    }

    /** Timers of then and of before may come. */
    Instant timersUntil(Instant now) {
        Instant its = until;
        return its == null || now.isBefore(its) ? now : its;
    }

    /**
     * Finds where to begin in streams of which nothing was taken yet. It is written down at once: it is not to depend on when the first event
     * comes.
     *
     * @return whether there is anything to write down
     */
    boolean begin(Positions positions, Instant now) {
        boolean some = false;
        if (following && positions.place() != Positions.Place.FOLLOWS) {
            positions.follow();
            some = true;
        }
        // What a state that stood beside another takes again is decided when it takes over.
        boolean rebuilt = around.rebuilt() && positions.place() == Positions.Place.OWN;
        for (String log : wiring.logs()) {
            List<Streams.Part> parts = streams.parts(log, wiring.partition());
            // What a split has made since the view began is the rest of what it follows.
            boolean begun = !parts.isEmpty() && positions.knows(parts.getFirst().stream());
            for (Streams.Part part : parts) {
                some |= begun
                        ? begin(positions, part, new Start.Sequence(1), false, now)
                        : begin(positions, part, wiring.declaration().start(log), rebuilt, now);
            }
        }
        if (some && rebuilt && positions.step() == 0) {
            positions.rebuilt(now);
        }
        return some;
    }

    /** @param again whether what the stream has was taken before the view was rebuilt */
    private boolean begin(Positions positions, Streams.Part part, Start start, boolean again, Instant now) {
        String stream = part.stream();
        if (positions.knows(stream)) {
            return false;
        }
        long head = streams.newest(stream);
        long behind = switch (start) {
            case Start.Beginning _ -> streams.first(stream) - 1;
            // What the state that is ahead has not taken, nobody has.
            case Start.End _ -> following ? Math.min(head, taken.getOrDefault(stream, head)) : head;
            case Start.Sequence(long first) -> part.from() == null ? first - 1 : 0;
            case Start.Ago(var age) -> streams.before(stream, now.minus(age));
            case Start.At(Instant at) -> streams.before(stream, at);
        };
        positions.begin(stream, streams.identity(stream), behind, again ? head : 0);
        return true;
    }
}
