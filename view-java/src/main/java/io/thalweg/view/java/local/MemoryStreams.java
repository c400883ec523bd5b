package io.thalweg.view.java.local;

import io.thalweg.model.Slots;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Wiring;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Streams in memory, which outlive the partitions that crash above them. */
public final class MemoryStreams implements Streams {
    private final Map<String, Kept> streams = new HashMap<>(); // guarded by this
    private final Map<String, Splits> splits = new HashMap<>(); // guarded by this
    private final InstantSource time;

    /**
     * How a log was split.
     *
     * @param first how many partitions it began with
     */
    private record Splits(int first, List<Moved> moved) {}

    /** Slots that went from a partition to the next that was not there yet, behind a sequence. */
    private record Moved(int from, int firstSlot, long at) {}

    /** One stream. */
    private static final class Kept {
        final String identity;
        final List<Event> events = new ArrayList<>();
        final List<Instant> times = new ArrayList<>();
        long trimmed;

        Kept(String identity) {
            this.identity = identity;
        }

        long newest() {
            return trimmed + events.size();
        }
    }

    /** @param time that events are stamped with */
    public MemoryStreams(InstantSource time) {
        this.time = time;
    }

    private Kept stream(String name) {
        return streams.computeIfAbsent(name, _ -> new Kept(""));
    }

    /** Has the slots from {@code firstSlot} on of a partition go to a new one. */
    synchronized void split(String log, int first, int partition, int firstSlot) {
        long at = newest(Wiring.log(log, partition));
        splits.computeIfAbsent(log, _ -> new Splits(first, new ArrayList<>()))
                .moved
                .add(new Moved(partition, firstSlot, at));
    }

    /** How many partitions a log has, if it began with {@code first}. */
    synchronized int partitions(String log, int first) {
        Splits its = splits.get(log);
        return first + (its == null ? 0 : its.moved.size());
    }

    /** The stream of a log that a slot's events go to, if it began with {@code first} partitions. */
    synchronized String owner(String log, int first, int slot) {
        int owner = Slots.partition(slot, first);
        Splits its = splits.get(log);
        for (int i = 0; its != null && i < its.moved.size(); i++) {
            Moved moved = its.moved.get(i);
            owner = moved.from == owner && slot >= moved.firstSlot ? first + i : owner;
        }
        return Wiring.log(log, owner);
    }

    @Override
    public synchronized List<Part> parts(String log, int partition) {
        List<Part> parts = new ArrayList<>(List.of(new Part(Wiring.log(log, partition), null, 0)));
        Splits its = splits.get(log);
        Set<Integer> line = new HashSet<>(Set.of(partition));
        for (int i = 0; its != null && i < its.moved.size(); i++) {
            Moved moved = its.moved.get(i);
            if (line.contains(moved.from)) {
                line.add(its.first + i);
                parts.add(new Part(Wiring.log(log, its.first + i), Wiring.log(log, moved.from), moved.at));
            }
        }
        return parts;
    }

    @Override
    public synchronized List<Event> read(String name, long after, int max) {
        Kept kept = stream(name);
        int from = Math.clamp(after - kept.trimmed, 0, kept.events.size());
        return List.copyOf(kept.events.subList(from, (int) Math.min(kept.events.size(), (long) from + max)));
    }

    @Override
    public synchronized long first(String name) {
        return stream(name).trimmed + 1;
    }

    @Override
    public synchronized long newest(String name) {
        return stream(name).newest();
    }

    @Override
    public synchronized long before(String name, Instant at) {
        Kept kept = stream(name);
        return kept.trimmed
                + kept.times.stream().filter(each -> each.isBefore(at)).count();
    }

    @Override
    public synchronized String identity(String name) {
        return stream(name).identity;
    }

    @Override
    public boolean isBeside(String stream) {
        return true;
    }

    @Override
    public String address(String stream) {
        return stream;
    }

    @Override
    public synchronized boolean append(String conditional, long expected, List<Append> appends) {
        if (newest(conditional) != expected) {
            return false;
        }
        for (Append append : appends) {
            Kept kept = stream(append.stream());
            kept.events.add(new Event(kept.newest() + 1, append.key(), append.payload(), append.hop()));
            kept.times.add(time.instant());
        }
        return true;
    }

    @Override
    public void send(String producer, long number, List<Append> appends) {
        throw new IllegalStateException("there is one shard in memory: nothing goes to another");
    }

    /** Deletes a stream and makes it again, as another of the same name. */
    synchronized void remake(String stream, String identity) {
        streams.put(stream, new Kept(identity));
    }

    /** Lets go of the oldest events of a stream. */
    synchronized void trim(String name, long keepFrom) {
        Kept kept = stream(name);
        int gone = Math.clamp(keepFrom - 1 - kept.trimmed, 0, kept.events.size());
        kept.events.subList(0, gone).clear();
        kept.times.subList(0, gone).clear();
        kept.trimmed += gone;
    }
}
