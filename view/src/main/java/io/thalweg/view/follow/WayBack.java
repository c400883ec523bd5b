package io.thalweg.view.follow;

import io.thalweg.log.EventReader;
import io.thalweg.model.event.EventId;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.state.SavedState;
import java.util.Set;

/**
 * Which stored states a version may go back to. Not to those that reflect an event that is to be skipped: one replica may have got through it where another
 * is parked, and when that one is told to skip it, so is this one, that all may come to the same. Nor to those that somebody found to be wrong. An event that the
 * stream has no more is a hole, and not meant: to skip one where a state was lost costs nobody else his state. Used by the follower's worker alone.
 */
final class WayBack {
    private final Follower.Identity id;
    private final EventReader reader;

    /** What is to be skipped, as this turn goes by it. */
    private Set<EventId> skipped;

    /** States that reflect this sequence are not used any more. */
    private long before = Phase.NEVER;

    WayBack(Follower.Identity id, EventReader reader, Set<EventId> skipped) {
        this.id = id;
        this.reader = reader;
        this.skipped = skipped;
    }

    /** Whether the state in hand reflects what is to be skipped only now. */
    boolean isNeeded(Set<EventId> wanted, Feeding feeding) {
        if (wanted.equals(skipped)) {
            return false;
        }
        boolean needed = false;
        for (EventId event : wanted) {
            if (!skipped.contains(event) && feeding.isPast(event) && isThere(event.sequence())) {
                isBefore(event.sequence());
                needed = true;
            }
        }
        skipped = wanted;
        return needed;
    }

    /** No state that reflects this sequence is to be used any more. */
    void isBefore(long sequence) {
        before = Math.min(before, sequence);
    }

    /** A state was begun with: the way is done, or there is none. */
    void isDone() {
        before = Phase.NEVER;
    }

    /** Whether a state is one that is not to be used. What was passed over went to the dead letters, or is a gap. */
    boolean isWrong(SavedState state, VersionSpec wanted) {
        long position = state.position().of(id.stream());
        if (position >= before) {
            return true;
        }
        long deadLettered = state.deadLettered().of(id.stream());
        return wanted.skipped().stream()
                .filter(event -> event.stream().equals(id.stream()))
                .mapToLong(EventId::sequence)
                .anyMatch(at -> at <= position
                        && at > deadLettered
                        && isThere(at)
                        && state.gaps().stream().noneMatch(gap -> gap.from() <= at && at <= gap.to()));
    }

    /** Whether all that comes behind a position is there to be processed again. */
    boolean leadsOnFrom(long position) {
        return isThere(position + 1);
    }

    private boolean isThere(long sequence) {
        return reader.first(id.stream()) <= sequence;
    }
}
