package io.thalweg.index.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RandomSchemas;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.RocksStore;
import io.thalweg.index.tree.Cells;
import io.thalweg.index.tree.Place;
import io.thalweg.index.tree.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PathPropertyTest {
    private static final byte[] ROOT = {42};

    @TempDir
    private java.nio.file.Path directory;

    private static Place root(Overlay overlay, Shape shape) {
        return new Cells(overlay).root(ROOT, shape);
    }

    /** A hundred changes and as many readings by random paths, in steps that commit, beside the naive model. */
    private static void behavesLikeTheModel(IndexStore store, long seed) {
        Random random = new Random(seed);
        RandomSchemas schemas = new RandomSchemas(random);
        MapSchema<?, ?> schema = schemas.map(3);
        Shape shape = Shape.of(schema, List.of(), "test");
        @Nullable Object model = null;
        Overlay overlay = new Overlay(store.latest());
        for (int i = 0; i < 100; i++) {
            List<Nav> write = i % 20 == 0
                    ? List.of(new Nav.TermVal(schemas.value(schema)))
                    : new RandomPaths(random, true).path(schema, 5);
            String about = "seed " + seed + " step " + i + ": " + schema + "\n" + write + "\non " + model;
            model = writeBoth(overlay, shape, schema, model, write, about);
            RandomPaths paths = new RandomPaths(random, false);
            List<Nav> path = paths.path(schema, 5);
            assertThat(read(path, root(overlay, shape)))
                    .as("%s\nthen %s\non %s", about, path, model)
                    .isEqualTo(NaivePaths.select(path, schema, model));
            if (random.nextInt(4) == 0) {
                store.commit(overlay.changes());
                overlay = new Overlay(store.latest());
            }
        }
    }

    private static @Nullable Object writeBoth(
            Overlay overlay, Shape shape, Schema<?> schema, @Nullable Object model, List<Nav> write, String about) {
        @Nullable Object wanted = model;
        @Nullable IllegalArgumentException refused = null;
        try {
            wanted = NaivePaths.write(write, schema, model);
        } catch (IllegalArgumentException e) {
            refused = e;
        }
        overlay.mark();
        @Nullable IllegalArgumentException found = null;
        try {
            new Walk(true, new Trail(null)).go(write, root(overlay, shape), _ -> true);
        } catch (IllegalArgumentException e) {
            found = e;
            overlay.rollBack();
        } catch (RuntimeException e) {
            throw new AssertionError(about, e);
        }
        assertThat(found != null)
                .as("%s: refused with %s by the model, with %s in truth", about, refused, found)
                .isEqualTo(refused != null);
        assertThat(root(overlay, shape).value()).as(about).isEqualTo(wanted);
        return wanted;
    }

    private static List<List<@Nullable Object>> read(List<Nav> path, Place from) {
        return Selection.collected(from, new Path<>(path));
    }

    @Test
    void inMemoryEveryPathDoesWhatTheModelDoes() {
        for (long seed = 1; seed <= 200; seed++) {
            behavesLikeTheModel(new MemoryStore(), seed);
        }
    }

    @Test
    void onDiskEveryPathDoesWhatTheModelDoes() {
        for (long seed = 1_001; seed <= 1_006; seed++) {
            try (RocksStore store = RocksStore.open(directory.resolve("s" + seed), 8 << 20, 8 << 20)) {
                behavesLikeTheModel(store, seed);
            }
        }
    }

    @Test
    void pagesTogetherAreTheWhole() {
        for (long seed = 1; seed <= 150; seed++) {
            Random random = new Random(seed);
            RandomSchemas schemas = new RandomSchemas(random);
            MapSchema<?, ?> schema = schemas.map(3);
            Shape shape = Shape.of(schema, List.of(), "test");
            Overlay overlay = new Overlay(new MemoryStore().latest());
            root(overlay, shape).set(schemas.value(schema));
            PathReader.Read path = new PathReader.Read(new RandomPaths(random, false).path(schema, 6), false, null);
            List<@Nullable Object> whole = Selection.page(root(overlay, shape), path, 10_000, null, ReadBudget.NONE)
                    .values();
            List<@Nullable Object> pages = new ArrayList<>();
            @Nullable String next = null;
            do {
                Selection.Page page =
                        Selection.page(root(overlay, shape), path, 1 + random.nextInt(3), next, ReadBudget.NONE);
                pages.addAll(page.values());
                next = page.next();
            } while (next != null);
            assertThat(pages).as("seed %s: %s by %s", seed, schema, path).isEqualTo(whole);
        }
    }
}
