package io.thalweg.view.java.local;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.Slots;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.run.Handover;
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

/**
 * Streams in memory, which outlive the partitions that crash above them: a view's own, and those of logs, which several views may share. All that
 * is appended has a number, so that what was there at a moment can be told.
 */
public final class MemoryStreams implements Streams {
    /** What an event costs beside its payload, about. */
    private static final long EVENT_BYTES = 128;

    private static final String CHANGES = "@changes/";

    private final Map<String, Kept> own = new HashMap<>(); // guarded by shared
    private final Shared shared;
    private List<Placed> lastAppend = List.of(); // guarded by shared
    private long appendedBytes; // guarded by shared
    private boolean handlerByHandler; // guarded by shared

    /** What views beside each other have in common. */
    private static final class Shared {
        final Map<String, Kept> logs = new HashMap<>();
        final Map<String, Splits> splits = new HashMap<>();
        final Map<String, List<Part>> followed = new HashMap<>();
        final InstantSource time;
        long appended;

        Shared(InstantSource time) {
            this.time = time;
        }
    }

    /** Where something went. */
    record Placed(long sequence, Append append) {}

    /**
     * How a log was split.
     *
     * @param first how many partitions it began with
     */
    private record Splits(int first, List<Moved> moved) {
        Splits before(long number) {
            return new Splits(
                    first,
                    new ArrayList<>(
                            moved.stream().filter(each -> each.number < number).toList()));
        }
    }

    /** Slots that went from a partition to the next that was not there yet, behind a sequence. */
    private record Moved(int from, int firstSlot, long at, long number) {}

    /** One stream. */
    private static final class Kept {
        final String identity;
        final List<Event> events = new ArrayList<>();
        final List<Instant> times = new ArrayList<>();
        final List<Long> numbers = new ArrayList<>();
        long trimmed;

        Kept(String identity) {
            this.identity = identity;
        }

        long newest() {
            return trimmed + events.size();
        }

        /** What of it was there before an append. */
        Kept before(long number) {
            Kept then = new Kept(identity);
            then.trimmed = trimmed;
            for (int i = 0; i < events.size() && numbers.get(i) < number; i++) {
                then.events.add(events.get(i));
                then.times.add(times.get(i));
                then.numbers.add(numbers.get(i));
            }
            return then;
        }
    }

    /** @param time that events are stamped with */
    public MemoryStreams(InstantSource time) {
        this(new Shared(time));
    }

    private MemoryStreams(Shared shared) {
        this.shared = shared;
    }

    /** The streams of another view on the same logs. */
    MemoryStreams beside() {
        return new MemoryStreams(shared);
    }

    /** Has a partition follow streams of a log that has them from elsewhere. */
    void follow(String log, int partition, List<Part> parts) {
        synchronized (shared) {
            shared.followed.put(Wiring.log(log, partition), List.copyOf(parts));
        }
    }

    /** Puts events of elsewhere into a stream that has none, under the sequences that they have there. */
    void put(String stream, List<Event> events) {
        synchronized (shared) {
            Kept kept = stream(stream);
            kept.trimmed = events.isEmpty() ? kept.trimmed : events.getFirst().sequence() - 1;
            for (Event event : events) {
                kept.events.add(event);
                kept.times.add(shared.time.instant());
                kept.numbers.add(shared.appended);
            }
            shared.appended++;
        }
    }

    /** All streams as they were before an append; later ones go nowhere but there, each hop as an event of its own. */
    MemoryStreams before(long number, InstantSource time) {
        synchronized (shared) {
            Shared then = new Shared(time);
            shared.logs.forEach((name, kept) -> then.logs.put(name, kept.before(number)));
            shared.splits.forEach((name, splits) -> then.splits.put(name, splits.before(number)));
            then.appended = number;
            MemoryStreams copy = new MemoryStreams(then);
            own.forEach((name, kept) -> copy.own.put(name, kept.before(number)));
            copy.handlerByHandler = true;
            return copy;
        }
    }

    /** The number of the append that an event came with. */
    long number(String stream, long sequence) {
        synchronized (shared) {
            Kept kept = stream(stream);
            return kept.numbers.get(Math.toIntExact(sequence - kept.trimmed - 1));
        }
    }

    /** When an event was appended. */
    Instant time(String stream, long sequence) {
        synchronized (shared) {
            Kept kept = stream(stream);
            return kept.times.get(Math.toIntExact(sequence - kept.trimmed - 1));
        }
    }

    /** What was appended last through this, at once. */
    List<Placed> lastAppend() {
        synchronized (shared) {
            return lastAppend;
        }
    }

    /** What was appended through this, in bytes: payloads, and what an event costs beside. */
    long appendedBytes() {
        synchronized (shared) {
            return appendedBytes;
        }
    }

    private Kept stream(String name) {
        return (name.startsWith("@") ? own : shared.logs).computeIfAbsent(name, _ -> new Kept(""));
    }

    /** Has the slots from {@code firstSlot} on of a partition go to a new one. */
    void split(String log, int first, int partition, int firstSlot) {
        synchronized (shared) {
            long at = newest(Wiring.log(log, partition));
            shared.splits
                    .computeIfAbsent(log, _ -> new Splits(first, new ArrayList<>()))
                    .moved
                    .add(new Moved(partition, firstSlot, at, shared.appended));
        }
    }

    /** How many partitions a log has, if it began with {@code first}. */
    int partitions(String log, int first) {
        synchronized (shared) {
            Splits its = shared.splits.get(log);
            return first + (its == null ? 0 : its.moved.size());
        }
    }

    /** The stream of a log that a slot's events go to, if it began with {@code first} partitions. */
    String owner(String log, int first, int slot) {
        synchronized (shared) {
            int owner = Slots.partition(slot, first);
            Splits its = shared.splits.get(log);
            for (int i = 0; its != null && i < its.moved.size(); i++) {
                Moved moved = its.moved.get(i);
                owner = moved.from == owner && slot >= moved.firstSlot ? first + i : owner;
            }
            return Wiring.log(log, owner);
        }
    }

    @Override
    public List<Part> parts(String log, int partition) {
        synchronized (shared) {
            List<Part> said = shared.followed.get(Wiring.log(log, partition));
            if (said != null) {
                return said;
            }
            List<Part> parts = new ArrayList<>(List.of(new Part(Wiring.log(log, partition), null, 0)));
            Splits its = shared.splits.get(log);
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
    }

    @Override
    public List<Event> read(String name, long after, int max) {
        synchronized (shared) {
            Kept kept = stream(name);
            // As a node does: who begins takes what is kept, and who follows steps sees the gap himself.
            if (after > 0 && after < kept.trimmed && !name.startsWith(CHANGES)) {
                throw new ThalwegException(
                        ErrorCode.SEQUENCE_GONE, name + " is kept from " + (kept.trimmed + 1) + ", not " + (after + 1));
            }
            int from = Math.clamp(after - kept.trimmed, 0, kept.events.size());
            return List.copyOf(kept.events.subList(from, (int) Math.min(kept.events.size(), (long) from + max)));
        }
    }

    @Override
    public long first(String name) {
        synchronized (shared) {
            return stream(name).trimmed + 1;
        }
    }

    @Override
    public long newest(String name) {
        synchronized (shared) {
            return stream(name).newest();
        }
    }

    @Override
    public long before(String name, Instant at) {
        synchronized (shared) {
            Kept kept = stream(name);
            return kept.trimmed
                    + kept.times.stream().filter(each -> each.isBefore(at)).count();
        }
    }

    @Override
    public String identity(String name) {
        synchronized (shared) {
            return stream(name).identity;
        }
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
    public boolean append(String conditional, long expected, List<Append> appends) {
        synchronized (shared) {
            if (newest(conditional) != expected) {
                return false;
            }
            List<Placed> placed = new ArrayList<>();
            for (Append append : appends) {
                Kept kept = stream(append.stream());
                kept.events.add(new Event(
                        kept.newest() + 1, append.key(), append.payload(), append.hop(), shared.time.instant()));
                kept.times.add(shared.time.instant());
                kept.numbers.add(shared.appended);
                placed.add(new Placed(kept.newest(), append));
                appendedBytes += append.payload().length + EVENT_BYTES;
            }
            lastAppend = List.copyOf(placed);
            shared.appended++;
            return true;
        }
    }

    /** Appends steps of two states of a view at once, each behind the one before it; false if one of them is not. */
    static boolean handOver(MemoryStreams from, MemoryStreams to, List<Handover.Part> parts) {
        synchronized (from.shared) {
            for (Handover.Part part : parts) {
                MemoryStreams its = part.first() ? from : to;
                if (its.newest(Wiring.changes(part.partition())) != part.before()) {
                    return false;
                }
            }
            for (Handover.Part part : parts) {
                String changes = Wiring.changes(part.partition());
                boolean _ = (part.first() ? from : to)
                        .append(
                                changes,
                                part.before(),
                                List.of(new Append(changes, null, part.step().write(), null)));
            }
            return true;
        }
    }

    @Override
    public boolean takesBundles() {
        synchronized (shared) {
            return !handlerByHandler;
        }
    }

    @Override
    public void send(String producer, long number, List<Append> appends) {
        throw new IllegalStateException("there is one shard in memory: nothing goes to another");
    }

    /** Deletes a stream and makes it again, as another of the same name. */
    void remake(String stream, String identity) {
        synchronized (shared) {
            (stream.startsWith("@") ? own : shared.logs).put(stream, new Kept(identity));
        }
    }

    /** Lets go of the oldest events of a stream. */
    void trim(String name, long keepFrom) {
        synchronized (shared) {
            Kept kept = stream(name);
            int gone = Math.clamp(keepFrom - 1 - kept.trimmed, 0, kept.events.size());
            kept.events.subList(0, gone).clear();
            kept.times.subList(0, gone).clear();
            kept.numbers.subList(0, gone).clear();
            kept.trimmed += gone;
        }
    }
}
