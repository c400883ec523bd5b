package io.thalweg.view.java.run;

import io.thalweg.index.IndexSpace;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.view.java.query.Moment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Shows readers whole batches. A batch counts with one step of the first partition, and the others write their parts into their indexes when they
 * hear of it. In between a moment has batches of some partitions and not of others; but what the others have prepared lies aside in it, and is
 * read as if it were written.
 */
public final class Settled {
    private Settled() {}

    /**
     * A moment with every batch that counts in any of its partitions, in all of them; positions with it.
     *
     * <p>Costs a look at each partition's positions where the view never had batches.
     *
     * @param raw closed with what comes of it
     * @return null where a partition has not even prepared what counts elsewhere, because its store is behind: to be tried again. The raw moment
     *     is not closed then
     */
    public static @Nullable Moment of(Moment raw, IndexSpace space, int partitions) {
        List<byte @Nullable []> written = new ArrayList<>(partitions);
        boolean some = false;
        for (int i = 0; i < partitions; i++) {
            byte[] its = space.position(raw.partition(i), i);
            written.add(its);
            some |= Positions.hasBatches(its);
        }
        if (!some) {
            return raw;
        }
        List<Positions> all = new ArrayList<>(partitions);
        TreeSet<String> names = new TreeSet<>();
        for (byte[] its : written) {
            all.add(Positions.read(its));
            names.addAll(all.getLast().batches().keySet());
        }
        IdentityHashMap<Reading, Overlay> overlays = new IdentityHashMap<>();
        for (String name : names) {
            if (!settle(name, raw, space, all, overlays)) {
                return null;
            }
        }
        return overlays.isEmpty() ? raw : over(raw, overlays);
    }

    private static boolean settle(
            String batch,
            Moment raw,
            IndexSpace space,
            List<Positions> all,
            IdentityHashMap<Reading, Overlay> overlays) {
        BatchState.Lead lead = all.getFirst().batch(batch).lead;
        long newest = lead.committed;
        int attempt = lead.committedAttempt;
        boolean leftOut = lead.leftOut;
        for (Positions positions : all) {
            BatchState.Part part = positions.batch(batch).part;
            if (part.applied > newest) {
                newest = part.applied;
                attempt = part.appliedAttempt;
                leftOut = part.leftOut;
            }
        }
        for (int i = 0; i < all.size(); i++) {
            BatchState.Part part = all.get(i).batch(batch).part;
            if (part.applied >= newest) {
                continue;
            }
            // Another try of the same batch may have set other things aside.
            if (part.number != newest || (!leftOut && !(part.prepared && part.attempt == attempt))) {
                return false;
            }
            Reading cells = raw.partition(i);
            Overlay overlay = overlays.computeIfAbsent(cells, Overlay::new);
            if (!leftOut) {
                Batches.staged(space, i, batch, cells).forEach(changes -> changes.applyTo(overlay));
            }
            Positions positions = all.get(i);
            part.ranges.forEach(range -> positions.taken(range.stream(), range.upTo()));
            space.position(overlay, i, positions.write());
        }
        return true;
    }

    private static Moment over(Moment raw, IdentityHashMap<Reading, Overlay> overlays) {
        return new Moment() {
            @Override
            public Reading partition(int number) {
                Reading cells = raw.partition(number);
                Overlay overlay = overlays.get(cells);
                return overlay == null ? cells : overlay;
            }

            @Override
            public void close() {
                raw.close();
            }
        };
    }
}
