package io.thalweg.server;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How often what has halted is begun again by itself: a few times, later each time, and then not before an hour is over since the first of them. What halts that
 * often is for a person to look at. And what the next life of a node in a process has to know of the one before. Thread-safe.
 */
public final class Comebacks {
    /** Of something that never comes back by itself. */
    public static final Comebacks NONE = new Comebacks(System::nanoTime, List.of());

    private static final Duration WINDOW = Duration.ofHours(1);

    private static final List<Duration> PAUSES =
            List.of(Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofMinutes(1));

    private final LongSupplier clockNs;
    private final List<Duration> pauses;

    /** When each was begun again of late. */
    private final Map<Integer, Deque<Long>> begunNs = new HashMap<>();

    /** When each was first seen to have halted since it was begun last. */
    private final Map<Integer, Long> haltedNs = new HashMap<>();

    private final KeptPorts ports = new KeptPorts();

    /** Shards for data that wait for a copy of another replica, though the node begins again. */
    private final Set<Integer> waiting = ConcurrentHashMap.newKeySet();

    /** @param clockNs a clock that only goes forwards */
    public Comebacks(LongSupplier clockNs) {
        this(clockNs, PAUSES);
    }

    private Comebacks(LongSupplier clockNs, List<Duration> pauses) {
        this.clockNs = clockNs;
        this.pauses = pauses;
    }

    /**
     * A replica waits for a copy to take its place, and the node begins again. Its files are not opened then, for what a disk has refused to force may be read and
     * lost all the same; a person who starts the process anew has them opened.
     */
    void waits(int shard) {
        if (!pauses.isEmpty()) {
            waiting.add(shard);
        }
    }

    boolean isWaiting(int shard) {
        return waiting.contains(shard);
    }

    /** A copy has taken its place. */
    void replaced(int shard) {
        waiting.remove(shard);
    }

    /** The ports that the node had in its earlier lives. */
    KeptPorts ports() {
        return pauses.isEmpty() ? new KeptPorts() : ports;
    }

    /** What becomes of something that has halted. */
    enum Verdict {
        /** Not yet. */
        WAIT,
        /** It may be begun again now; that counts as done. */
        NOW,
        /** It was begun again too often. */
        TOO_OFTEN
    }

    /** It is well, whatever began it again: when it halts next, that is another time. */
    synchronized void well(int shard) {
        haltedNs.remove(shard);
    }

    /** Asked again and again as long as a shard is halted. */
    synchronized Verdict ask(int shard) {
        long nowNs = clockNs.getAsLong();
        Deque<Long> begun = begunNs.computeIfAbsent(shard, _ -> new ArrayDeque<>());
        if (!begun.isEmpty() && nowNs - begun.getFirst() > WINDOW.toNanos()) {
            begun.clear();
        }
        if (begun.size() >= pauses.size()) {
            return Verdict.TOO_OFTEN;
        }
        long sinceNs = haltedNs.computeIfAbsent(shard, _ -> nowNs);
        if (nowNs - sinceNs < pauses.get(begun.size()).toNanos()) {
            return Verdict.WAIT;
        }
        begun.addLast(nowNs);
        haltedNs.remove(shard);
        return Verdict.NOW;
    }
}
