package io.thalweg.view.java.query;

import io.thalweg.index.Index;
import io.thalweg.index.OpenIndex;
import io.thalweg.view.java.Other;
import java.util.List;

/** The indexes of a view at a {@link Moment}. Thread-safe, until the moment is closed. */
public interface QueryGround {
    int partitions();

    /** An index by its declaration; refuses one that the view does not declare. */
    <T> OpenIndex<T> index(Index<T> index);

    /** The other views that it declares: of those its queries may read what it says there. */
    List<Other> others();

    Moment moment();
}
