package io.thalweg.index;

import io.thalweg.index.path.PathReader;
import io.thalweg.index.path.Selection;
import io.thalweg.index.path.Write;
import io.thalweg.index.tree.Place;

/** One slot of an index, to read and to write. One thread; sees its own writes. */
public final class IndexWriter<T> extends IndexReader<T> {
    IndexWriter(Place root, KeyGuard guard) {
        super(root, guard);
    }

    /** Makes a change. If it throws, what it changed before is for the caller to roll back. */
    public void write(Write<? super T> write) {
        Selection.topKeys(write, guard()::key);
        Selection.write(root(), write);
    }

    /** Makes a change that was read from JSON. */
    public void write(PathReader.Read write) {
        Selection.write(root(), write);
    }

    /** Puts a value in the place of all that is there. */
    public void replace(T value) {
        root().set(value);
    }
}
