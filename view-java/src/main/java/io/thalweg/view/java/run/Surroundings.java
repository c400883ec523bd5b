package io.thalweg.view.java.run;

import io.thalweg.index.IndexSpace;
import io.thalweg.index.store.Reading;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.query.QuerySite;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a partition of a view needs of its host.
 *
 * @param view whose indexes these are in the store: the log of its steps, which is another one after each rebuild
 * @param rebuilt whether the view was rebuilt, so that what its logs have when it begins is processed again
 * @param listener hears of each step
 * @param ahead the state of the view that answers, while this one follows it; null when this one answers
 * @param tuning what somebody has changed of the view; asked at each step
 */
public record Surroundings(
        UUID view,
        boolean rebuilt,
        Streams streams,
        StepStore store,
        InstantSource time,
        StepListener listener,
        CallRunner calls,
        QuerySite queries,
        @Nullable Ahead ahead,
        Supplier<Tuning> tuning) {

    /** Of the only state of a view. */
    public Surroundings(
            UUID view,
            boolean rebuilt,
            Streams streams,
            StepStore store,
            InstantSource time,
            StepListener listener,
            CallRunner calls,
            QuerySite queries) {
        this(view, rebuilt, streams, store, time, listener, calls, queries, null, () -> Tuning.NONE);
    }

    /**
     * What may be changed of a view while it runs.
     *
     * @param poison what becomes of events that fail again and again; null for what the view declares
     * @param attempts how often an event is tried before it counts as that; 0 for what is so unless said
     * @param stepInputs most events of one step; 0 for what is so unless said
     */
    public record Tuning(Declaration.@Nullable Poison poison, int attempts, int stepInputs) {
        /** Nothing was changed. */
        public static final Tuning NONE = new Tuning(null, 0, 0);
    }

    /** Where the indexes of a view lie in a store. */
    public static IndexSpace space(UUID view) {
        return new IndexSpace(view, 0);
    }

    IndexSpace space() {
        return space(view);
    }

    /**
     * The state of a view that answers, as another state of the same view sees it that follows: it takes no event, and lets no timer come, that this one has
     * not. Any thread; what it tells was committed.
     *
     * @param view whose indexes these are, as in {@link Surroundings#view}
     * @param stores where each of its partitions is
     * @param streams its own ones
     */
    public record Ahead(UUID view, List<StepStore> stores, Streams streams) {
        public Ahead {
            stores = List.copyOf(stores);
        }

        int partitions() {
            return stores.size();
        }

        private IndexSpace space() {
            return Surroundings.space(view);
        }

        Positions positions(int partition) {
            return stores.get(partition).positions(space(), partition);
        }

        /** What it took last of each stream that a partition follows, of a state with so many of them. */
        SortedMap<String, Long> taken(int partition, int of) {
            if (of == partitions()) {
                return positions(partition).all();
            }
            return taken();
        }

        /** The same of all its partitions. Of its own streams, which all of them have under other names, it tells nothing. */
        SortedMap<String, Long> taken() {
            SortedMap<String, Long> taken = new TreeMap<>();
            for (int each = 0; each < partitions(); each++) {
                positions(each).all().forEach((stream, sequence) -> {
                    if (!stream.startsWith("@")) {
                        taken.put(stream, sequence);
                    }
                });
            }
            return taken;
        }

        /**
         * Whether nothing hops in it: all that came of the events that it has taken up to now is in its indexes. False may be said where it was so for a moment.
         */
        boolean isQuiet() {
            List<Long> newest = newest();
            for (int each = 0; each < partitions(); each++) {
                if (Intake.waiting(streams, positions(each), each) > 0) {
                    return false;
                }
            }
            // What was taken meanwhile may have hopped to where was looked before.
            return newest.equals(newest());
        }

        private List<Long> newest() {
            List<Long> newest = new ArrayList<>();
            for (int each = 0; each < partitions(); each++) {
                newest.add(streams.newest(Wiring.hops(each)));
            }
            return newest;
        }

        /** The earliest timer that has not come yet, of those that may be about the same keys as a partition's; null for none. */
        @Nullable
        Instant nextTimer(int partition, int of) {
            if (of == partitions()) {
                return nextTimer(partition);
            }
            Instant next = null;
            for (int each = 0; each < partitions(); each++) {
                Instant its = nextTimer(each);
                next = next == null || (its != null && its.isBefore(next)) ? its : next;
            }
            return next;
        }

        private @Nullable Instant nextTimer(int partition) {
            Reading cells = stores.get(partition).store().latest();
            return Clockwork.nextTimer(space(), partition, partitions(), cells);
        }
    }
}
