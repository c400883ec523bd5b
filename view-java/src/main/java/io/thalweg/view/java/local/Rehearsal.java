package io.thalweg.view.java.local;

import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.Selection;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Reading;
import io.thalweg.view.java.View;
import io.thalweg.view.java.query.Helpers;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.query.QuerySite;
import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.Answers;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepListener;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The newest events of a view's logs once more, over its indexes as they are, by its code of today and by another that may take its place: what each
 * would answer, what would stand in the indexes, what would fail. Both begin with the same cells and the same events, so what differs comes of the code. Nothing of it
 * is kept, nothing leaves, no call is made, and time stands still. One thread.
 */
public final class Rehearsal {
    /** Most differences of a kind that are told. */
    public static final int TOLD_MAX = 100;

    /** Keys of an index that are compared where it is not known which of them were written. */
    static final int KEYS_MAX = 10_000;

    /** Events that fail in a run at most; with more it ends. */
    private static final int FAILURES_MAX = 10_000;

    /** Most characters of why an event fails. */
    private static final int REASON_MAX = 1_024;

    /** Payloads of the events that are processed once more, of all streams together; each has its share. */
    static final long EVENT_BYTES_MAX = 64L << 20;

    /** What a run writes and emits at most, in bytes; with more it ends. */
    static final long WRITTEN_BYTES_MAX = 64L << 20;

    /** Beside its payload an event has this much, about. */
    private static final long EVENT_BYTES = 128;

    /** What a value that is told weighs at most. */
    private static final long VALUE_BYTES = 16 << 10;

    /** Steps of a partition, beyond which code is taken to go in circles. */
    private static final int STEPS_MAX = 100_000;

    private final UUID view;
    private final IndexSpace space;
    private final int partitions;
    private final Reading cells;
    private final Instant now;
    private final Map<String, List<Streams.Event>> events = new TreeMap<>();
    private final Map<String, Map<Integer, List<Streams.Part>>> parts = new HashMap<>();
    private final List<Origin> origins = new ArrayList<>();
    private final Others others;
    private final long deadlineNs;
    private final Set<String> leftOut = new LinkedHashSet<>();

    /** Something that would be otherwise; {@code before} is of the code of today, null where there is nothing. */
    public record Difference(
            String what, @Nullable Object before, @Nullable Object after) {}

    /**
     * What came of it.
     *
     * @param events that were processed once more
     * @param answers by event, those that differ
     * @param entries by index and key, those that differ
     * @param emitted by log, how many events each would have emitted, where that differs
     * @param failures why events did not get through, where that differs
     * @param leftOut what of all that was asked for was not processed, compared or told, and why; empty if everything was
     */
    public record Report(
            int events,
            List<Difference> answers,
            List<Difference> entries,
            List<Difference> emitted,
            List<Difference> failures,
            List<String> leftOut) {

        /** Whether all that was asked for was processed, compared and told. */
        public boolean complete() {
            return leftOut.isEmpty();
        }
    }

    /**
     * @param view whose cells these are: the log of its steps
     * @param cells of all partitions, as of one moment, which stays as it is meanwhile
     * @param others what other views have, now
     * @param deadlineNs when it is to be over, by {@link System#nanoTime}: looked at between steps, since a handler may swallow that it is interrupted
     */
    public Rehearsal(UUID view, int partitions, Reading cells, Instant now, Others others, long deadlineNs) {
        this.view = view;
        this.space = Surroundings.space(view);
        this.partitions = partitions;
        this.cells = cells;
        this.now = now;
        this.others = others;
        this.deadlineNs = deadlineNs;
    }

    /** Ends what takes too long, and what somebody stops. */
    private void requireTime() throws InterruptedException {
        if (Thread.interrupted() || System.nanoTime() - deadlineNs >= 0) {
            throw new InterruptedException("the rehearsal takes too long");
        }
    }

    /**
     * Adds the newest events of what the view follows; once. Of large ones it takes fewer than it is asked for, and the report is not complete.
     *
     * @param eventsMax of each stream
     * @throws InterruptedException when it takes too long
     */
    public void add(Streams from, Collection<String> logs, int eventsMax) throws InterruptedException {
        int streams = 0;
        for (String log : logs) {
            for (int i = 0; i < partitions; i++) {
                streams += from.parts(log, i).size();
            }
        }
        long bytesOfEach = EVENT_BYTES_MAX / Math.max(1, streams);
        for (String log : logs) {
            for (int i = 0; i < partitions; i++) {
                List<Streams.Part> followed = new ArrayList<>();
                for (Streams.Part part : from.parts(log, i)) {
                    add(from, part.stream(), eventsMax, bytesOfEach);
                    followed.add(new Streams.Part(part.stream(), null, 0)); // what was before the split is behind it
                }
                parts.computeIfAbsent(log, _ -> new HashMap<>()).put(i, followed);
            }
        }
    }

    private void add(Streams from, String stream, int eventsMax, long bytesMax) throws InterruptedException {
        long newest = from.newest(stream);
        long at = Math.max(from.first(stream) - 1, newest - eventsMax);
        Deque<Streams.Event> some = new ArrayDeque<>();
        long bytes = 0;
        boolean all = true;
        while (at < newest) {
            requireTime();
            List<Streams.Event> read = from.read(stream, at, (int) Math.min(256, newest - at));
            if (read.isEmpty()) {
                break;
            }
            for (Streams.Event event : read) {
                some.add(event);
                bytes += bytes(event);
            }
            at = read.getLast().sequence();
            while (bytes > bytesMax && some.size() > 1) {
                bytes -= bytes(some.remove());
                all = false;
            }
        }
        if (!all) {
            leftOut.add("of " + stream + " only the newest " + some.size() + " events are processed, which have "
                    + bytes + " bytes");
        }
        events.put(stream, List.copyOf(some));
        some.forEach(event -> origins.add(new Origin(stream, event.sequence())));
    }

    private static long bytes(Streams.Event event) {
        return event.payload().length + EVENT_BYTES;
    }

    /** An entry of an index; the path leads to it from its slot. */
    private record Key(int slot, List<?> path) {}

    /** What code did. */
    private final class Run {
        private final LayeredStore store = new LayeredStore(cells);
        private final MemoryStreams streams = new MemoryStreams(InstantSource.fixed(now));
        private final Map<Origin, Object> answers = new HashMap<>();
        private final List<Partition> leaders = new ArrayList<>();
        private final Map<String, String> failures = new TreeMap<>();
        private final List<String> outputs;
        private @Nullable Changes changes;

        Run(Supplier<View> code) {
            events.forEach(streams::put);
            parts.forEach((log, of) -> of.forEach((partition, followed) -> streams.follow(log, partition, followed)));
            StepStore steps = new StepStore(store);
            for (int i = 0; i < partitions; i++) {
                Map<String, Long> taken = new HashMap<>(Map.of(Wiring.hops(i), 0L, Wiring.messages(i), 0L));
                int partition = i;
                parts.forEach((_, of) -> of.getOrDefault(partition, List.of()).forEach(part -> {
                    List<Streams.Event> its = events.getOrDefault(part.stream(), List.of());
                    taken.put(part.stream(), its.isEmpty() ? 0 : its.getFirst().sequence() - 1);
                }));
                StepStore.rehearse(space, i, taken, store.cells());
            }
            Surroundings around = new Surroundings(
                    view,
                    false,
                    streams,
                    steps,
                    InstantSource.fixed(now),
                    listener(),
                    Replay.NO_CALLS,
                    new QuerySite(() -> Moment.of(store), Helpers.NONE, others));
            for (int i = 0; i < partitions; i++) {
                leaders.add(new Partition(new Wiring(code.get(), i, partitions), around));
            }
            outputs = new Wiring(code.get(), 0, partitions).outputs();
        }

        private StepListener listener() {
            return new StepListener() {
                @Override
                public void emitting(List<Origin> hops) {}

                @Override
                public void refused(List<Origin> hops) {}

                @Override
                public void committed(List<Origin> taken, List<Answer> said) {
                    said.forEach(answer -> answers.put(answer.to(), Answers.parse(answer.json())));
                }
            };
        }

        Run process() throws InterruptedException {
            int turns = 0;
            for (boolean more = true; more; turns++) {
                more = false;
                for (Partition leader : leaders) {
                    requireTime();
                    boolean made = leader.step();
                    more |= passOver(leader) || made || leader.hasFailures();
                    if (streams.appendedBytes() > WRITTEN_BYTES_MAX) {
                        return end("it writes and emits more than " + WRITTEN_BYTES_MAX + " bytes");
                    }
                    if (failures.size() > FAILURES_MAX) {
                        return end("more than " + FAILURES_MAX + " events fail");
                    }
                }
                if (turns > STEPS_MAX) {
                    return end("the code goes in circles");
                }
            }
            for (Partition leader : leaders) {
                String waiting = leader.waiting();
                if (waiting != null) {
                    return end(waiting);
                }
            }
            return this;
        }

        /** Goes on behind what is parked: the rest is to be looked at, too. */
        private boolean passOver(Partition leader) {
            List<Partition.Parked> parked = leader.parked();
            for (Partition.Parked each : parked) {
                String reason = each.reason();
                failures.put(
                        each.stream() + "@" + each.sequence(),
                        reason.length() <= REASON_MAX ? reason : reason.substring(0, REASON_MAX) + "…");
                leader.repairs().skip(each);
            }
            return !parked.isEmpty();
        }

        /** Leaves the rest. */
        private Run end(String reason) {
            failures.put("all", reason);
            leftOut.add("not all events are processed: " + reason);
            return this;
        }

        Map<String, Object> emitted() {
            Map<String, Object> emitted = new TreeMap<>();
            for (String log : outputs) {
                long count = 0;
                for (int i = 0; i < partitions; i++) {
                    String stream = Wiring.log(log, i);
                    count += streams.newest(stream)
                            - streams.first(stream)
                            + 1
                            - events.getOrDefault(stream, List.of()).size();
                }
                emitted.put(log, count);
            }
            return emitted;
        }

        /** All that it has changed, once it has processed what there is. */
        private Changes changes() {
            Changes known = changes;
            if (known == null) {
                known = store.cells().changes();
                changes = known;
            }
            return known;
        }

        /** The entries of a slot that its changes reach into; null where that cannot be told. */
        @Nullable
        Set<Object> touched(String name, int slot) {
            OpenIndex<?> index = leaders.getFirst().index(name);
            return index == null ? Set.of() : index.touched(changes(), slot);
        }

        /** Entries of a slot by their keys, some thousands at most; the whole of an index that is no map. */
        void all(String name, int slot, Map<String, Key> keys) {
            OpenIndex<?> index = leaders.getFirst().index(name);
            if (index == null) {
                return;
            }
            if (!(index.declaration().schema().current() instanceof MapSchema<?, ?>)) {
                keys.put(name, new Key(slot, List.of()));
                return;
            }
            Selection.Page page = index.reader(store.cells(), slot)
                    .select(index.path(List.of(List.of("map_keys"))), Math.max(1, KEYS_MAX - keys.size()), null);
            page.values().forEach(key -> put(name, slot, key, keys));
            if (page.next() != null) {
                leftOut.add("of index " + name + " only some " + KEYS_MAX + " entries are compared: the code empties"
                        + " many at once");
            }
        }

        @Nullable
        Object plain(String name, Object key) {
            OpenIndex<?> index = leaders.getFirst().index(name);
            return index != null && index.declaration().schema().current() instanceof MapSchema<?, ?> map
                    ? map.key().plain(key)
                    : null;
        }

        @Nullable
        Object value(String name, Key key) {
            OpenIndex<?> index = leaders.getFirst().index(name);
            if (index == null) {
                return null;
            }
            List<@Nullable Object> values = index.reader(store.cells(), key.slot)
                    .select(index.path(key.path), 1, null)
                    .values();
            return values.isEmpty() ? null : values.getFirst();
        }

        Set<Integer> changed(String name) {
            OpenIndex<?> index = leaders.getFirst().index(name);
            Set<Integer> slots = new TreeSet<>();
            if (index != null) {
                Changes changes = changes();
                if (index.isTouched(changes)) {
                    for (int slot = 0; slot < IndexSpace.SLOTS; slot++) {
                        if (index.isTouched(changes, slot)) {
                            slots.add(slot);
                        }
                    }
                }
            }
            return slots;
        }
    }

    /**
     * Runs both, and tells where they differ.
     *
     * @param before gives an object of the view of today for each partition
     * @param after the same of the other
     * @throws InterruptedException when somebody stops it: code of users may take as long as it likes
     */
    public Report compare(Supplier<View> before, Supplier<View> after) throws InterruptedException {
        Run old = new Run(before).process();
        Run fresh = new Run(after).process();
        List<Difference> answers = new ArrayList<>();
        for (Origin origin : origins) {
            add(answers, origin.text(), old.answers.get(origin), fresh.answers.get(origin));
        }
        List<Difference> entries = new ArrayList<>();
        TreeSet<String> indexes = new TreeSet<>();
        indexes.addAll(new Wiring(after.get(), 0, partitions).indexes());
        indexes.addAll(new Wiring(before.get(), 0, partitions).indexes());
        for (String index : indexes) {
            Set<Integer> slots = old.changed(index);
            slots.addAll(fresh.changed(index));
            for (int slot : slots) {
                for (Map.Entry<String, Key> each : keys(index, slot, old, fresh).entrySet()) {
                    requireTime();
                    // One by one, and only what differs is kept: values may be large.
                    if (entries.size() <= TOLD_MAX) {
                        add(
                                entries,
                                each.getKey(),
                                old.value(index, each.getValue()),
                                fresh.value(index, each.getValue()));
                    }
                }
            }
        }
        entries.sort(Comparator.comparing(Difference::what));
        List<Difference> emitted = differences(old.emitted(), fresh.emitted());
        List<Difference> failures = differences(new TreeMap<>(old.failures), new TreeMap<>(fresh.failures));
        return new Report(
                origins.size(),
                told("answers", answers),
                told("entries", entries),
                told("numbers of emitted events", emitted),
                told("failures", failures),
                List.copyOf(leftOut));
    }

    /** The entries of a slot that either of both has written, else as many as there may be. */
    private static Map<String, Key> keys(String index, int slot, Run old, Run fresh) {
        Map<String, Key> keys = new TreeMap<>();
        Set<Object> before = old.touched(index, slot);
        Set<Object> after = fresh.touched(index, slot);
        if (before == null || after == null) {
            old.all(index, slot, keys);
            fresh.all(index, slot, keys);
            return keys;
        }
        before.forEach(key -> put(index, slot, old.plain(index, key), keys));
        after.forEach(key -> put(index, slot, fresh.plain(index, key), keys));
        return keys;
    }

    private static void put(String index, int slot, @Nullable Object key, Map<String, Key> keys) {
        keys.put(index + "[" + key + "]", new Key(slot, List.of(Arrays.asList("key", key))));
    }

    private static List<Difference> differences(Map<String, Object> before, Map<String, Object> after) {
        List<Difference> differences = new ArrayList<>();
        TreeSet<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(after.keySet());
        keys.forEach(key -> add(differences, key, before.get(key), after.get(key)));
        return differences;
    }

    private static void add(List<Difference> to, String what, @Nullable Object before, @Nullable Object after) {
        if (!Objects.equals(before, after)) {
            to.add(new Difference(what, shortened(before), shortened(after)));
        }
    }

    private List<Difference> told(String what, List<Difference> all) {
        if (all.size() > TOLD_MAX) {
            leftOut.add("of the " + what + " that differ only " + TOLD_MAX + " are told");
        }
        return List.copyOf(all.subList(0, Math.min(TOLD_MAX, all.size())));
    }

    private static @Nullable Object shortened(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        List<@Nullable Object> one = new ArrayList<>();
        one.add(value);
        return Selection.weight(one) > VALUE_BYTES ? "… (large)" : value;
    }
}
