package io.thalweg.server;

import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas that this node should have, had, and has lost, and what keeps each of them from coming back at the moment: for the operator's eyes, and
 * so that the others are asked ever less often. Thread-safe.
 */
final class LostReplicas {
    private static final Logger LOG = LoggerFactory.getLogger(LostReplicas.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(30);

    private record Waiting(String why, Duration pause, long nextNs) {}

    private final LongSupplier clockNs;
    private final Map<Integer, Waiting> waiting = new ConcurrentHashMap<>();

    /** @param clockNs a clock that only goes forwards */
    LostReplicas(LongSupplier clockNs) {
        this.clockNs = clockNs;
    }

    /** Whether it is time to try again. */
    boolean isDue(int shard) {
        Waiting last = waiting.get(shard);
        return last == null || clockNs.getAsLong() - last.nextNs >= 0;
    }

    /** It does not come back yet. */
    void waits(int shard, String why) {
        Waiting last = waiting.get(shard);
        if (last == null || !last.why.equals(why)) {
            LOG.error("the replica of shard {} was lost here, and does not come back yet: {}", shard, why);
        }
        Duration pause = last == null ? FIRST_PAUSE : last.pause.multipliedBy(2);
        Duration bounded = pause.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause;
        waiting.put(shard, new Waiting(why, bounded, clockNs.getAsLong() + bounded.toNanos()));
    }

    /** It is on its way back, or not wanted any more. */
    void over(int shard) {
        waiting.remove(shard);
    }

    /** Why they do not come back, by shard. */
    SortedMap<Integer, String> reasons() {
        SortedMap<Integer, String> reasons = new TreeMap<>();
        waiting.forEach((shard, last) -> reasons.put(shard, last.why));
        return reasons;
    }
}
