package io.thalweg.view.java.run;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Events that failed: how often each stream's next was tried, and those before which streams stand still. One thread. */
final class Trouble {
    /** How often an event is tried before it counts as poison. */
    static final int MAX_ATTEMPTS = 3;

    /** Most characters of why an event failed. */
    private static final int MAX_REASON = 4_096;

    private final Map<String, Integer> attempts = new HashMap<>();
    private final Map<String, Partition.Parked> parked = new LinkedHashMap<>();

    /** Streams that are parked because some of their events are gone, and where these end. */
    private final Map<String, Long> gone = new HashMap<>();

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

    void clear() {
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
        if (attempts.merge(stream, 1, Integer::sum) < MAX_ATTEMPTS) {
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

    /** What a stream waits for. */
    Partition.@Nullable Parked waiting(String stream) {
        return parked.get(stream);
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
