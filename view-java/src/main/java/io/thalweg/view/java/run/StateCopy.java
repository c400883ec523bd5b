package io.thalweg.view.java.run;

import io.thalweg.index.IndexSpace;
import io.thalweg.index.SpaceCopy;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.Slots;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a state of a view begins as a copy of another: of one moment at which nothing hopped there, and no batch was under way. The cells come in steps of the copy, and
 * the positions of that moment in a last one of each partition, all appended at once: before that it is no state, and behind it one that has taken what the other had.
 * From there it follows the other like one that was made of the logs. Code reads the cells as it reads those of a version before, by its schemas.
 *
 * <p>Who begins again takes another moment, and writes what differs. Each step is behind the one before and behind no other, so that of two who copy one gets nowhere. Open
 * calls are left out: they go over when the copy takes over ({@link Handover}). One thread; to be closed.
 */
public final class StateCopy implements AutoCloseable {
    private static final long STEP_BYTES = 256 << 10;

    private final Handover.Side from;
    private final Handover.Side to;
    private final IdentityHashMap<StepStore, IndexStore.Snapshot> moment = new IdentityHashMap<>();
    private final List<Positions> positions = new ArrayList<>();
    private final List<SpaceCopy> cells = new ArrayList<>();
    private final @Nullable String obstacle;

    /**
     * Takes a moment.
     *
     * @param to of as many partitions; what its steps say so far is brought into its stores first
     */
    public StateCopy(Handover.Side from, Handover.Side to) {
        if (from.partitions() != to.partitions()) {
            throw new IllegalArgumentException(
                    "a copy has " + to.partitions() + " partitions, and what it is of has " + from.partitions());
        }
        this.from = from;
        this.to = to;
        for (int i = 0; i < to.partitions(); i++) {
            new ChangeLog(to.space(), i, to.streams(), to.stores().get(i)).catchUp();
        }
        from.stores()
                .forEach(store ->
                        moment.computeIfAbsent(store, its -> its.store().snapshot()));
        boolean whole = false;
        try {
            for (int i = 0; i < from.partitions(); i++) {
                positions.add(Positions.read(from.space().position(cells(i), i)));
            }
            this.obstacle = find();
            for (int i = 0; i < from.partitions(); i++) {
                cells.add(new SpaceCopy(
                        from.space(),
                        cells(i),
                        to.space(),
                        to.stores().get(i).store().latest(),
                        i,
                        Slots.first(i, from.partitions()),
                        Slots.first(i + 1, from.partitions()),
                        Set.of(OpenCalls.CALLS.name())));
            }
            whole = true;
        } finally {
            if (!whole) {
                moment.values().forEach(IndexStore.Snapshot::close);
            }
        }
    }

    private IndexStore.Snapshot cells(int partition) {
        IndexStore.Snapshot its = moment.get(from.stores().get(partition));
        if (its == null) {
            throw new IllegalStateException("there is no moment of partition " + partition);
        }
        return its;
    }

    private @Nullable String find() {
        for (int i = 0; i < from.partitions(); i++) {
            Positions its = positions.get(i);
            if (its.step() == 0 || its.place() == Positions.Place.FOLLOWS) {
                return "partition " + i + " of the state of today does not answer";
            }
            // What it hops may be taken elsewhere before it is in its own index: the copy would have the one without
            // the other.
            if (its.step() != from.streams().newest(Wiring.changes(i))) {
                return "a step of partition " + i + " of the state of today is under way";
            }
            String underWay = Handover.underWay(from, i, its);
            if (underWay != null) {
                return "the state of today is not at an end: " + underWay;
            }
        }
        return null;
    }

    /** What is in the way at this moment, in words; null when nothing is. */
    public @Nullable String obstacle() {
        return obstacle;
    }

    /**
     * Makes the next step of a partition; only where there is no {@link #obstacle}.
     *
     * @return whether there was anything to copy
     * @throws IllegalStateException when somebody else has made a step
     */
    public boolean step(int partition) {
        StepStore store = to.stores().get(partition);
        Overlay changes = cells.get(partition).next(store.store().latest(), STEP_BYTES);
        if (changes == null) {
            return false;
        }
        IndexSpace space = to.space();
        Positions its = store.positions(space, partition);
        requireCopied(partition, its);
        long before = its.step();
        its.step(before + 1);
        its.sent(before);
        its.follow();
        space.position(changes, partition, its.write());
        StepRecord record = new StepRecord(changes.changes(), List.of(), List.of());
        String stream = Wiring.changes(partition);
        if (!to.streams().append(stream, before, List.of(new Streams.Append(stream, null, record.write(), null)))) {
            throw new IllegalStateException("somebody else copies partition " + partition);
        }
        apply(partition, before, record);
        return true;
    }

    /** What was appended with an unknown outcome may have made the state whole meanwhile: nothing is to be written on in it then. */
    private static void requireCopied(int partition, Positions its) {
        if (its.step() > 0 && !its.isBeingCopied()) {
            throw new IllegalStateException("partition " + partition + " of the copy is whole already");
        }
    }

    private void apply(int partition, long before, StepRecord record) {
        StepStore store = to.stores().get(partition);
        // A follower may have brought it already.
        boolean _ = store.apply(to.space(), partition, before, record.changes());
        long now = store.step(to.space(), partition);
        if (now != before + 1) {
            throw new IllegalStateException(
                    "partition " + partition + " of the copy is at step " + now + ", not " + (before + 1));
        }
    }

    /** The last steps, which are to be appended all at once, when no partition has a {@link #step} any more. */
    public List<Handover.Part> last() {
        List<Handover.Part> parts = new ArrayList<>();
        for (int i = 0; i < to.partitions(); i++) {
            Overlay overlay = to.overlay(i);
            Positions copied = to.stores().get(i).positions(to.space(), i);
            requireCopied(i, copied);
            long before = copied.step();
            Positions its = positions.get(i).copy();
            its.copied(before + 1, Wiring.hops(i));
            to.space().position(overlay, i, its.write());
            parts.add(Handover.part(false, i, before, overlay));
        }
        return parts;
    }

    /** Puts the last steps into the indexes, once they were appended. */
    public void apply(List<Handover.Part> parts) {
        parts.forEach(part -> apply(part.partition(), part.before(), part.step()));
    }

    @Override
    public void close() {
        moment.values().forEach(IndexStore.Snapshot::close);
    }
}
