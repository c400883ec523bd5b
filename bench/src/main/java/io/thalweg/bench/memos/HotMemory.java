package io.thalweg.bench.memos;

import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import io.thalweg.memo.slab.Objects;
import io.thalweg.memo.slab.Slab;
import io.thalweg.memo.slab.SlabOptions;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * How much of the heap is in use, after a collection, for each byte that a slab stores: once with all objects in memory, as they are right after
 * they were read, once without. In this process, so that nothing else is counted.
 */
public final class HotMemory {
    private static final TenantId TENANT = new TenantId(new UUID(0, 1));
    private static final int COLLECTIONS = 4;

    private HotMemory() {}

    /**
     * What was seen.
     *
     * @param hot heap for a byte stored, with all objects in memory
     * @param cold the same without
     */
    public record Seen(int objects, int edits, long storedBytes, double hot, double cold) {}

    /** Makes objects with so many edits of a few fields each, below a folder that is fresh. */
    public static Seen measure(Path folder, int objects, int edits) throws IOException {
        SlabOptions.Quotas usual = SlabOptions.Quotas.DEFAULT;
        SlabOptions options = new SlabOptions(
                SlabOptions.Place.DEFAULT,
                new SlabOptions.Quotas(
                        usual.storageBytes(), usual.bandwidthBytesPerSecond(), objects, usual.packBytes()),
                SlabOptions.Assumptions.DEFAULT,
                (_, _) -> true);
        MemoId[] made = new MemoId[objects];
        long before = heap();
        double hot;
        long stored;
        try (Slab slab = open(folder, options)) {
            Objects all = new Objects(slab);
            fill(all, made, edits);
            slab.flush();
            for (MemoId each : made) {
                if (!(all.find(each) instanceof Objects.Found.Here)) {
                    throw new IllegalStateException("an object that was made is not there");
                }
            }
            stored = slab.status().heldBytes();
            hot = (double) (heap() - before) / stored;
            if (all.history(made[0]).isEmpty()) {
                throw new IllegalStateException("an object that was made is not there");
            }
        }
        try (Slab slab = open(folder, options)) {
            Objects all = new Objects(slab);
            double cold = (double) (heap() - before) / stored;
            if (all.history(made[0]).size() != edits + 1) {
                throw new IllegalStateException("an object has not the memos that it had");
            }
            return new Seen(objects, edits, stored, hot, cold);
        }
    }

    private static Slab open(Path folder, SlabOptions options) throws IOException {
        return Slab.open(new FileDisk(), folder, options, Clock.system(), (_, _) -> false, UUID::randomUUID);
    }

    private static void fill(Objects all, MemoId[] made, int edits) throws IOException {
        MemoId topic = Objects.topicId(TENANT, "things");
        var _ = all.topic(TENANT, "things", TopicModel.EMPTY, new UUID(0, 0));
        for (int i = 0; i < made.length; i++) {
            Edit first = Edit.of(
                    new UUID(1, i),
                    List.of(
                            new Change.SetLast("name", new Value.Text("a thing of some length with the number " + i)),
                            new Change.SetLast("place", new Value.Text("a shelf in a room of a house in a town"))));
            made[i] = all.create(TENANT, topic, first).id();
            for (int n = 0; n < edits; n++) {
                Edit edit = Edit.of(
                        new UUID(2L + n, i),
                        List.of(
                                new Change.SetLast("name", new Value.Text("a thing that was renamed " + n + " times")),
                                new Change.Add("n", 1)));
                if (all.find(made[i]) instanceof Objects.Found.Here here) {
                    var _ = all.edit(here.history(), edit);
                }
            }
        }
    }

    /** Bytes in use after a collection. */
    private static long heap() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
