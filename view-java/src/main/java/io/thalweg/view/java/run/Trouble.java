package io.thalweg.view.java.run;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.Declaration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Events that failed: how often each stream's next was tried, those before which streams stand still, and what somebody wants them to be instead. One
 * thread.
 */
final class Trouble {
    /** How often an event is tried before it counts as poison, unless somebody says otherwise. */
    private static final int MAX_ATTEMPTS = 3;

    /** Most characters of why an event failed. */
    private static final int MAX_REASON = 4_096;

    private final Map<String, Integer> attempts = new HashMap<>();
    private final Map<String, Partition.Parked> parked = new LinkedHashMap<>();

    /** Streams that are parked because some of their events are gone, and where these end. */
    private final Map<String, Long> gone = new HashMap<>();

    /** What somebody wants an event of a stream to be, the newest for each. It outlives that the stream is parked. */
    private final Map<String, Edited> edited = new HashMap<>();

    private record Edited(long sequence, byte[] payload) {}

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

    boolean isParked(String stream) {
        return parked.containsKey(stream);
    }

    /** Whether anything waits to be tried again. */
    boolean hasFailures() {
        return !attempts.isEmpty();
    }

    /** Parked events are tried again, as they stand in their streams. */
    void retry() {
        edited.keySet().removeAll(parked.keySet());
        parked.clear();
        attempts.clear();
        gone.clear();
    }

    /** The event of a stream got through. */
    void passed(String stream) {
        attempts.remove(stream);
    }

    /** Counts a failure; true when the event has had all its tries. */
    boolean isPoison(String stream) {
        if (attempts.merge(stream, 1, Integer::sum) < attemptsMax()) {
            return false;
        }
        attempts.remove(stream);
        return true;
    }

    void park(String stream, long sequence, String reason) {
        parked.put(stream, new Partition.Parked(stream, sequence, reason));
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
        Partition.Parked waiting = parked.get(event.stream());
        if (waiting == null || waiting.sequence() != event.sequence()) {
            throw new ThalwegException(
                    ErrorCode.VIEW_NOT_PARKED,
                    event.stream() + " does not wait for event " + event.sequence() + " any more");
        }
    }

    /** What a stream waits for is tried again, as it stands there. */
    void retry(String stream) {
        edited.remove(stream);
        left(stream);
    }

    /** The same with another payload, a copy of which is kept. */
    void edit(Partition.Parked event, byte[] payload) {
        edited.put(event.stream(), new Edited(event.sequence(), payload.clone()));
        left(event.stream());
    }

    /** An event as its handler gets it: with another payload where somebody has said so. */
    Streams.Event edited(String stream, Streams.Event event) {
        Edited other = edited.get(stream);
        return other == null || other.sequence != event.sequence()
                ? event
                : new Streams.Event(event.sequence(), event.key(), other.payload, event.hop(), event.time());
    }

    /** What was taken is edited no more. */
    void forgetEdits(Positions positions) {
        edited.entrySet().removeIf(each -> positions.taken(each.getKey()) >= each.getValue().sequence);
    }

    void left(String stream) {
        parked.remove(stream);
        attempts.remove(stream);
        gone.remove(stream);
    }

    static String reason(Throwable e) {
        String reason = e.toString();
        return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON - 1) + "…";
    }
}
