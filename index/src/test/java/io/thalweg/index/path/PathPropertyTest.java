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
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
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
            Object all = schemas.value(schema);
            RandomPaths.Made write = new RandomPaths(random, true).path(schema, i % 20 == 0 ? 0 : 5);
            if (i % 20 == 0) {
                write = new RandomPaths.Made(
                        List.of(new Nav.TermVal(all)), List.of(List.of("term_val", schema.plain(all))), write.end());
            }
            String about = "seed " + seed + " step " + i + ": " + schema + "\n" + write + "\non " + model;
            model = writeBoth(overlay, shape, schema, model, write, about);
            RandomPaths.Made path = new RandomPaths(random, false).path(schema, 5);
            about = about + "\nthen " + path + "\non " + model;
            Object now = model;
            Place root = root(overlay, shape);
            Result wanted = result(about, () -> NaivePaths.select(path.navs(), schema, now));
            compare(about, result(about, () -> Selection.collected(root, new Path<>(path.navs()))), wanted);
            if (path.json() != null) {
                PathReader.Read read = PathReader.read(path.json(), schema);
                compare(
                        about + "\nas JSON",
                        result(about, () -> Selection.collected(root, new Path<>(read.navs()))),
                        wanted);
                PathReader.Read typed = new PathReader.Read(path.navs(), false, path.value());
                assertThat(result(about, () -> Selection.page(root, read, 10_000, null, ReadBudget.NONE)))
                        .as("%s\nas pages", about)
                        .isEqualTo(result(about, () -> Selection.page(root, typed, 10_000, null, ReadBudget.NONE)));
            }
            if (random.nextInt(4) == 0) {
                store.commit(overlay.changes());
                overlay = new Overlay(store.latest());
            }
        }
    }

    /** What came of something that may be refused. */
    private record Result(@Nullable Object value, @Nullable IllegalArgumentException refused) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Result result
                    && Objects.equals(result.value, value)
                    && (result.refused == null) == (refused == null);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(value);
        }
    }

    private static Result result(String about, Supplier<@Nullable Object> what) {
        try {
            return new Result(what.get(), null);
        } catch (IllegalArgumentException e) {
            return new Result(null, e);
        } catch (RuntimeException e) {
            throw new AssertionError(about, e);
        }
    }

    private static void compare(String about, Result found, Result wanted) {
        if (!found.equals(wanted)) {
            IllegalArgumentException cause = found.refused;
            throw new AssertionError(about + "\nfound  " + found + "\nwanted " + wanted, cause);
        }
    }

    private static Result write(Overlay overlay, Shape shape, List<Nav> path, String about) {
        overlay.mark();
        Result done = result(about, () -> {
            new Walk(true, Trail.NONE).go(path, root(overlay, shape), _ -> true);
            return root(overlay, shape).value();
        });
        if (done.refused != null) {
            overlay.rollBack();
        }
        return done;
    }

    /**
     * Whether a path was refused that writes the same place several times. Each write lands before the next, and so is refused where a
     * list would be too long or an element is not there, though the last would have been right; the model sees the last alone.
     */
    private static boolean writesTwice(RandomPaths.Made path, IllegalArgumentException refused) {
        String why = String.valueOf(refused.getMessage());
        String all = path.navs().toString();
        return (why.contains("can go back to as many places") || why.contains("there is no element"))
                && (all.contains("MultiPath") || all.contains("ContinueThenStay"));
    }

    private static @Nullable Object writeBoth(
            Overlay overlay,
            Shape shape,
            Schema<?> schema,
            @Nullable Object model,
            RandomPaths.Made path,
            String about) {
        @Nullable Result jsonDone = null;
        Result wanted = result(about, () -> NaiveWrites.write(path.navs(), schema, model));
        if (path.json() != null) {
            Result asJson =
                    write(overlay, shape, PathReader.read(path.json(), schema).navs(), about);
            overlay.rollBack();
            jsonDone = asJson;
        }
        Result done = write(overlay, shape, path.navs(), about);
        if (done.refused != null && wanted.refused == null && writesTwice(path, done.refused)) {
            return model;
        }
        compare(about, done, wanted);
        if (jsonDone != null) {
            compare(about + "\nas JSON", jsonDone, wanted);
        }
        compare(
                about,
                new Result(root(overlay, shape).value(), null),
                new Result(wanted.refused == null ? wanted.value : model, null));
        return wanted.refused == null ? wanted.value : model;
    }

    @Test
    void inMemoryEveryPathDoesWhatTheModelDoes() {
        for (long seed = 1; seed <= 200; seed++) {
            behavesLikeTheModel(new MemoryStore(), seed);
        }
    }

    @Test
    void onDiskEveryPathDoesWhatTheModelDoes() {
        for (long seed = 1_001; seed <= 1_010; seed++) {
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
            PathReader.Read path = new PathReader.Read(
                    new RandomPaths(random, false).path(schema, 6).navs(), false, null);
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
