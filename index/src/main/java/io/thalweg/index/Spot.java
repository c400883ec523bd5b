package io.thalweg.index;

import io.thalweg.index.path.Path;
import io.thalweg.index.path.PathException;
import io.thalweg.index.path.Selection;
import io.thalweg.index.tree.Place;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where a path leads in an index: to read there, or, in a step of its view, to write there. One thread.
 *
 * @param <T> what the index holds
 * @param <B> what stands at the end of the path
 */
public final class Spot<T, B> {
    private final Place root;
    private final Path<T, B> path;

    private final KeyGuard guard;

    Spot(Place root, Path<T, B> path, KeyGuard guard) {
        this.root = root;
        this.path = path;
        this.guard = guard;
    }

    private Place guarded() {
        Selection.topKeys(path, guard::key);
        return root;
    }

    /** Goes on from here. */
    public <C> Spot<T, C> then(Path<B, C> next) {
        return new Spot<>(root, path.then(next), guard);
    }

    /** Everything that the path finds, in order; null stands for nothing where the path goes there all the same. */
    public List<B> all() {
        return Selection.all(guarded(), path);
    }

    /** The one value that the path finds, which may be null. */
    public @Nullable B get() {
        List<B> found = all();
        if (found.size() != 1) {
            throw new PathException("the path found " + found.size() + " values, not one");
        }
        return found.getFirst();
    }

    /** The one value that the path finds, or {@code standIn} where nothing stands. */
    public B orElse(B standIn) {
        B value = get();
        return value == null ? standIn : value;
    }

    /** Replaces what stands at each place. */
    public void set(B value) {
        Selection.write(guarded(), path.set(value));
    }

    /** Replaces what stands at each place by a function of it, which gets null where nothing stands and must not give null. */
    public void update(UnaryOperator<B> function) {
        Selection.write(guarded(), path.update(function));
    }

    /** Removes each place from what it stands in. */
    public void remove() {
        Selection.write(guarded(), path.remove());
    }
}
