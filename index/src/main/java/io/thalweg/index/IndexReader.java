package io.thalweg.index;

import io.thalweg.index.path.Path;
import io.thalweg.index.path.PathReader;
import io.thalweg.index.path.ReadBudget;
import io.thalweg.index.path.Selection;
import io.thalweg.index.tree.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One slot of an index, to read. One thread; valid as long as what it reads from. */
public sealed class IndexReader<T> permits IndexWriter {
    private final Place root;
    private final KeyGuard guard;

    IndexReader(Place root, KeyGuard guard) {
        this.root = root;
        this.guard = guard;
    }

    final KeyGuard guard() {
        return guard;
    }

    final Place root() {
        return root;
    }

    /** Where a path of one navigator leads. */
    public final <B> Spot<T, B> at(Path<T, B> path) {
        return new Spot<>(root, path, guard);
    }

    /** Where a path of two leads. */
    public final <B, C> Spot<T, C> at(Path<T, B> first, Path<B, C> second) {
        return at(first).then(second);
    }

    /** Where a path of three leads. */
    public final <B, C, D> Spot<T, D> at(Path<T, B> first, Path<B, C> second, Path<C, D> third) {
        return at(first, second).then(third);
    }

    /** Where a path of four leads; longer ones go on with {@link Spot#then}. */
    public final <B, C, D, E> Spot<T, E> at(Path<T, B> first, Path<B, C> second, Path<C, D> third, Path<D, E> fourth) {
        return at(first, second, third).then(fourth);
    }

    /** Everything that {@code path} finds, in order; null stands for nothing where the path goes there all the same. */
    public final <B> List<B> select(Path<T, B> path) {
        return at(path).all();
    }

    /** Everything that {@code path} finds, each behind what was collected on the way to it. */
    public final <B> List<List<@Nullable Object>> selectCollected(Path<T, B> path) {
        Selection.topKeys(path, guard::key);
        return Selection.collected(root, path);
    }

    /**
     * At most {@code limit} values that a path from JSON finds, as JSON.
     *
     * @param page what the page before gave to go on with, null for the first
     */
    public final Selection.Page select(PathReader.Read path, int limit, @Nullable String page) {
        return select(path, limit, page, ReadBudget.NONE);
    }

    /**
     * The same within a budget, over whose {@link ReadBudget#over cells} this reader has to be.
     *
     * @throws io.thalweg.model.ThalwegException {@code TOO_LARGE} when it would hold more at once
     */
    public final Selection.Page select(PathReader.Read path, int limit, @Nullable String page, ReadBudget budget) {
        return Selection.page(root, path, limit, page, budget);
    }
}
