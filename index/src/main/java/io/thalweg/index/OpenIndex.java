package io.thalweg.index;

import io.thalweg.index.path.PathReader;
import io.thalweg.index.store.Reading;
import io.thalweg.index.store.Writing;
import io.thalweg.index.tree.Cells;
import io.thalweg.index.tree.Shape;
import java.util.List;

/** An index that fits its store. Immutable; any thread. */
public final class OpenIndex<T> {
    private final Index<T> index;
    private final Shape shape;
    private final IndexSpace space;

    OpenIndex(Index<T> index, Shape shape, IndexSpace space) {
        this.index = index;
        this.shape = shape;
        this.space = space;
    }

    public Index<T> declaration() {
        return index;
    }

    /** Reads a slot of the index from {@code cells}: a snapshot on any thread, an overlay on its own. */
    public IndexReader<T> reader(Reading cells, int slot) {
        return new IndexReader<>(new Cells(cells).root(space.root(index.name(), slot), shape));
    }

    /** Reads and writes a slot of the index in {@code cells}; one thread. */
    public IndexWriter<T> writer(Writing cells, int slot) {
        return new IndexWriter<>(new Cells(cells).root(space.root(index.name(), slot), shape));
    }

    /** A path from its JSON form, as {@link PathReader} has it, checked against the schema. */
    public PathReader.Read path(List<?> json) {
        return PathReader.read(json, index.schema());
    }
}
