package io.thalweg.server.javaviews.live;

import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Changes;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.Streams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the steps of a view once for all who follow something of it, and tells those into whose slots they reach; steps of partitions of which nobody
 * follows anything are passed over. One thread, while somebody follows. Thread-safe.
 */
final class StepReader {
    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final int STEPS = 256;

    private final Steps view;

    /** Of each partition the newest step that was looked at. */
    private final Map<Integer, Long> seen = new TreeMap<>(); // guarded by this, as all that follows

    private final Map<String, Listeners> indexes = new HashMap<>();

    /** Of each partition how many there are who follow something of it; those with none left out. */
    private final Map<Integer, Integer> listening = new HashMap<>();

    private @Nullable Thread thread;

    /** The steps of a view. Thread-safe. */
    interface Steps {
        /** How many partitions it has. */
        int width();

        /** The newest step of a partition that its index has. */
        long newest(int partition);

        /** Steps of a partition behind one, of those that are kept. */
        List<Streams.Event> read(int partition, long after, int max);

        /** Waits until a partition of these has a newer step than that, for {@code timeout} at most. */
        void await(Map<Integer, Long> seen, Duration timeout) throws InterruptedException;
    }

    /** Who follows something. Thread-safe; holds no lock of his while he calls the reader. */
    interface Listener {
        /** The index that it comes from. */
        OpenIndex<?> index();

        /** The slot that it comes from; empty for all of them. */
        OptionalInt slot();

        /** The partitions that have that slot. */
        Set<Integer> partitions();

        /** Hears that a step has reached into the slot, or may have. */
        void touched(int partition, long step);

        /** Hears that he will not hear anything any more. */
        void end(String reason);
    }

    /** Who follows something of an index: of all its slots, or of one. */
    private record Listeners(OpenIndex<?> index, Set<Listener> all, NavigableMap<Integer, Set<Listener>> slots) {
        static Listeners of(OpenIndex<?> index) {
            return new Listeners(index, new LinkedHashSet<>(), new TreeMap<>());
        }

        void add(Listener listener) {
            if (listener.slot().isEmpty()) {
                all.add(listener);
            } else {
                slots.computeIfAbsent(listener.slot().getAsInt(), _ -> new LinkedHashSet<>())
                        .add(listener);
            }
        }

        /** Whether that was the last one. */
        boolean remove(Listener listener) {
            all.remove(listener);
            if (listener.slot().isPresent()) {
                slots.computeIfPresent(
                        listener.slot().getAsInt(), (_, its) -> its.remove(listener) && its.isEmpty() ? null : its);
            }
            return all.isEmpty() && slots.isEmpty();
        }

        /** Those into whose slots changes reach. */
        List<Listener> touched(Changes changes) {
            if (!index.isTouched(changes)) {
                return List.of();
            }
            List<Listener> touched = new ArrayList<>(all);
            for (int slot : index.touched(changes, slots.navigableKeySet())) {
                touched.addAll(slots.getOrDefault(slot, Set.of()));
            }
            return touched;
        }
    }

    StepReader(Steps view) {
        this.view = view;
        for (int i = 0; i < view.width(); i++) {
            seen.put(i, view.newest(i));
        }
    }

    /** Tells somebody from now on of the steps behind those that he has seen, at least. */
    synchronized void add(Listener listener) {
        indexes.computeIfAbsent(listener.index().declaration().name(), _ -> Listeners.of(listener.index()))
                .add(listener);
        for (int partition : listener.partitions()) {
            listening.merge(partition, 1, Integer::sum);
            listener.touched(partition, seen.getOrDefault(partition, 0L)); // by steps that were read before he came
        }
        if (thread == null) {
            thread = Thread.ofVirtual().name("view-live-steps").start(this::run);
        }
    }

    /** Tells somebody no more; true when nobody is left, and it has ended. */
    synchronized boolean remove(Listener listener) {
        indexes.computeIfPresent(listener.index().declaration().name(), (_, its) -> its.remove(listener) ? null : its);
        for (int partition : listener.partitions()) {
            listening.computeIfPresent(partition, (_, count) -> count == 1 ? null : (Integer) (count - 1));
        }
        if (!indexes.isEmpty()) {
            return false;
        }
        if (thread != null) {
            thread.interrupt();
        }
        return true;
    }

    private void run() {
        try {
            while (true) {
                Map<Integer, Long> before = copy();
                view.await(before, GLANCE);
                for (Map.Entry<Integer, Long> each : before.entrySet()) {
                    look(each.getKey(), each.getValue());
                }
            }
        } catch (InterruptedException e) {
            // Nobody follows any more.
        } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError e) {
            ended().forEach(listener -> listener.end(String.valueOf(e.getMessage())));
        }
    }

    /** All who follow something; the next one begins it again. */
    private synchronized List<Listener> ended() {
        thread = null;
        return everybody();
    }

    private synchronized Map<Integer, Long> copy() {
        return new TreeMap<>(seen);
    }

    private synchronized List<Listener> everybody() {
        List<Listener> everybody = new ArrayList<>();
        for (Listeners its : indexes.values()) {
            everybody.addAll(its.all);
            its.slots.values().forEach(everybody::addAll);
        }
        return everybody;
    }

    /** Looks through the steps of a partition that are new. */
    private void look(int partition, long from) {
        long until = view.newest(partition);
        long at = from;
        while (at < until && !passedOver(partition, until)) {
            List<Streams.Event> steps = view.read(partition, at, (int) Math.min(STEPS, until - at));
            if (steps.isEmpty() || steps.getFirst().sequence() != at + 1) {
                saw(partition, until); // before all are told: who comes now hears of it by that
                everybody().forEach(listener -> listener.touched(partition, until)); // some are not kept any more
                return;
            }
            for (Streams.Event step : steps) {
                tell(partition, step.sequence(), StepRecord.read(step.payload()).changes());
            }
            at = steps.getLast().sequence();
        }
    }

    /** Whether nobody follows anything of a partition; then its steps count as seen. */
    private synchronized boolean passedOver(int partition, long until) {
        if (listening.containsKey(partition)) {
            return false;
        }
        seen.put(partition, until);
        return true;
    }

    private synchronized void saw(int partition, long step) {
        seen.put(partition, step);
    }

    private synchronized void tell(int partition, long step, Changes changes) {
        seen.put(partition, step);
        for (Listeners its : indexes.values()) {
            its.touched(changes).forEach(listener -> listener.touched(partition, step));
        }
    }
}
