package io.thalweg.view.java.run;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.Declaration;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Events that failed: how often each stream's next was tried, those before which streams stand still, and what somebody wants them to be instead.
 *
 * <p>An event is not to blame for what its handler asked of others and did not get: a view that it reads is copied, or has no thread free. Such tries
 * do not count; the stream waits, a little longer each time, and the others go on. An answer that is not there in its time may be the question's own
 * doing: after {@link #PATIENCE} those tries count. One thread.
 */
final class Trouble {
    /** How often an event is tried before it counts as poison, unless somebody says otherwise. */
    private static final int MAX_ATTEMPTS = 3;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** Most exceptions behind one another that are looked at for their cause. */
    private static final int CAUSES_MAX = 16;

    /** Most characters of why an event failed. */
    private static final int MAX_REASON = 4_096;

    private final Map<String, Integer> attempts = new HashMap<>();
    private final Map<String, Partition.Parked> parked = new LinkedHashMap<>();

    /** Streams whose next event did not get what it asked of others, and is tried again in a while. */
    private final Map<String, Waiting> waiting = new HashMap<>();

    /** Since when the next event of a stream gets nothing of others, whether it waits for them or not any more. */
    private final Map<String, Instant> since = new HashMap<>();

    /** Streams that are parked because some of their events are gone, and where these end. */
    private final Map<String, Long> gone = new HashMap<>();

    /** Streams that are parked before a {@link Bundle} that cannot be read. */
    private final Set<String> unreadable = new HashSet<>();

    /** What somebody wants an event to be, by its name, the newest for each. It outlives that the stream is parked. */
    private final Map<String, Edited> edited = new HashMap<>();

    private record Edited(long sequence, byte[] payload) {}

    /**
     * A stream that waits for others.
     *
     * @param pause before the try after {@code until}
     */
    private record Waiting(Duration pause, Instant until, String reason) {}

    private final Declaration.Poison declared;
    private final Supplier<Surroundings.Tuning> tuning;

    Trouble(Declaration.Poison declared, Supplier<Surroundings.Tuning> tuning) {
        this.declared = declared;
        this.tuning = tuning;
    }

    /** What becomes of events that fail again and again. */
    Declaration.Poison policy() {
        Declaration.Poison said = tuning.get().poison();
        return said == null ? declared : said;
    }

    /** How often an event is tried. */
    int attemptsMax() {
        int said = tuning.get().attempts();
        return said == 0 ? MAX_ATTEMPTS : said;
    }

    List<Partition.Parked> parked() {
        return List.copyOf(parked.values());
    }

    /** Whether nothing is to be taken of a stream now. */
    boolean isHeld(String stream, InstantSource time) {
        Waiting its = waiting.get(stream);
        return parked.containsKey(stream) || (its != null && time.instant().isBefore(its.until));
    }

    /** Whether anything is to be tried again at once. */
    boolean hasFailures() {
        return !attempts.isEmpty() && !waiting.keySet().containsAll(attempts.keySet());
    }

    /** What a stream waits for that others do not give; null if none does. */
    @Nullable
    String waiting() {
        return waiting.entrySet().stream()
                .findFirst()
                .map(each -> each.getKey() + " waits since " + since.get(each.getKey()) + ": " + each.getValue().reason)
                .orElse(null);
    }

    /** Parked events are tried again, as they stand in their streams. */
    void retry() {
        parked.values().forEach(event -> edited.remove(event.stream()));
        parked.clear();
        attempts.clear();
        waiting.clear();
        since.clear();
        gone.clear();
        unreadable.clear();
    }

    /** The event of a stream got through. */
    void passed(String stream) {
        attempts.remove(stream);
        waiting.remove(stream);
        since.remove(stream);
    }

    /** Counts a failure, unless it is others' doing; true when the event has had all its tries. */
    boolean isPoison(String stream, Throwable e, Instant now) {
        if (isOthers(stream, e, now)) {
            Waiting before = waiting.get(stream);
            Duration pause = before == null ? FIRST_PAUSE : before.pause;
            Duration next = pause.multipliedBy(2);
            waiting.put(
                    stream,
                    new Waiting(next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next, now.plus(pause), reason(e)));
            since.putIfAbsent(stream, now);
            return false;
        }
        waiting.remove(stream);
        if (attempts.merge(stream, 1, Integer::sum) < attemptsMax()) {
            return false;
        }
        passed(stream);
        return true;
    }

    /** Whether the next event of a stream failed for what others did not give. */
    boolean isOthers(String stream, Throwable e, Instant now) {
        Throwable cause = e;
        for (int i = 0; cause != null && i < CAUSES_MAX; i++) {
            if (cause instanceof ThalwegException refused) {
                Instant begun = since.getOrDefault(stream, now);
                return switch (refused.code()) {
                    case UNAVAILABLE, OVERLOADED -> true;
                    case DEADLINE_EXCEEDED -> now.isBefore(begun.plus(PATIENCE));
                    default -> false;
                };
            }
            cause = cause.getCause();
        }
        return false;
    }

    void park(String stream, long sequence, String reason) {
        park(stream, stream, sequence, reason);
    }

    void park(StepWork.Taken what, String reason) {
        park(what.stream(), what.name(), what.sequence(), reason);
    }

    private void park(String stream, String name, long sequence, String reason) {
        parked.put(stream, new Partition.Parked(name, sequence, reason));
    }

    /** Parks a stream before events that are gone; who skips them goes on behind the last. */
    void parkBefore(Gone its, String stream, long sequence) {
        park(stream, sequence, its.reason() + "; skip it to go on without them");
        gone.put(stream, its.last());
    }

    /** Up to where the events are gone before which a stream is parked; null if it is for another reason, or not. */
    @Nullable
    Long goneUpTo(String stream) {
        return gone.get(stream);
    }

    /** Refuses with {@code VIEW_NOT_PARKED} when the stream waits for another event, or for none. */
    void requireWaiting(Partition.Parked event) {
        Partition.Parked waiting = parked.get(Bundle.stream(event.stream()));
        if (waiting == null || !waiting.stream().equals(event.stream()) || waiting.sequence() != event.sequence()) {
            throw new ThalwegException(
                    ErrorCode.VIEW_NOT_PARKED,
                    event.stream() + " does not wait for event " + event.sequence() + " any more");
        }
    }

    /** What a stream waits for is tried again, as it stands there. */
    void retry(String stream) {
        Partition.Parked event = parked.get(stream);
        if (event != null) {
            edited.remove(event.stream());
        }
        left(stream);
    }

    /** The next event of a stream is a bundle that cannot be read. */
    void isUnreadable(String stream) {
        unreadable.add(stream);
    }

    /** Refuses with {@code INVALID_REQUEST} an event whose payload is not what a handler gets, and cannot be read either. */
    void requireReadable(Partition.Parked event) {
        if (unreadable.contains(event.stream())) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "event " + event.sequence() + " of " + event.stream()
                            + " has several hops and cannot be read: no other payload could stand for them; skip it");
        }
    }

    /** The same with another payload, a copy of which is kept. */
    void edit(Partition.Parked event, byte[] payload) {
        edited.put(event.stream(), new Edited(event.sequence(), payload.clone()));
        left(Bundle.stream(event.stream()));
    }

    /**
     * An event as its handler gets it: with another payload where somebody has said so.
     *
     * @param place in the event, where that is a {@link Bundle}
     */
    Streams.Event edited(String stream, Streams.Event event, int place) {
        Edited other = edited.isEmpty() ? null : edited.get(Bundle.name(stream, place));
        return other == null || other.sequence != event.sequence()
                ? event
                : new Streams.Event(event.sequence(), event.key(), other.payload, event.hop(), event.time());
    }

    /** What was taken is edited no more; by the positions of a step that counts, in their form. */
    void forgetEdits(byte[] written) {
        if (!edited.isEmpty()) {
            Positions positions = Positions.read(written);
            edited.entrySet()
                    .removeIf(each -> positions.taken(Bundle.stream(each.getKey())) >= each.getValue().sequence);
        }
    }

    void left(String stream) {
        parked.remove(stream);
        passed(stream);
        gone.remove(stream);
        unreadable.remove(stream);
    }

    static String reason(Throwable e) {
        String reason = e.toString();
        return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON - 1) + "…";
    }

    /**
     * Events of a stream that were let go of before the view had taken them: retention waits for views, but not for ever. Nothing is missing in
     * silence, so a view goes on behind them when somebody says so, or with a dead letter that names them.
     *
     * @param first the first of them
     * @param last the last
     */
    record Gone(String stream, long first, long last) {

        /** What somebody reads who looks why a view stands still. */
        String reason() {
            return (first == last ? "event " + first : "events " + first + " to " + last) + " of " + stream
                    + " are no longer kept, and the view has not taken them";
        }

        /**
         * What comes behind a sequence.
         *
         * @param events none when what should come is gone
         */
        record Read(List<Streams.Event> events, @Nullable Gone gone) {

            static Read of(Streams streams, String stream, long after, int max) {
                List<Streams.Event> events;
                try {
                    events = streams.read(stream, after, max);
                } catch (ThalwegException e) {
                    if (e.code() != ErrorCode.SEQUENCE_GONE) {
                        throw e;
                    }
                    events = List.of();
                }
                long first = events.isEmpty()
                        ? streams.first(stream)
                        : events.getFirst().sequence();
                return first > after + 1
                        ? new Read(List.of(), new Gone(stream, after + 1, first - 1))
                        : new Read(events, null);
            }
        }
    }
}
