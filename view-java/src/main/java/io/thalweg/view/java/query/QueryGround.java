package io.thalweg.view.java.query;

import io.thalweg.index.Index;
import io.thalweg.index.OpenIndex;

/** The indexes of a view at a {@link Moment}. Thread-safe, until the moment is closed. */
public interface QueryGround {
    int partitions();

    /** An index by its declaration; refuses one that the view does not declare. */
    <T> OpenIndex<T> index(Index<T> index);

    Moment moment();
}
