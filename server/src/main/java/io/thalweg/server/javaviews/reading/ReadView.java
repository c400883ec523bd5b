package io.thalweg.server.javaviews.reading;

import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Reading;
import io.thalweg.model.Position;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.query.Moment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is read of a view here: of one that runs, or of a replica of its indexes. */
public interface ReadView {
    /** How many partitions it has. */
    int width();

    /**
     * An index as a partition has it; null if the view has none of the name.
     *
     * @throws ThalwegException {@code UNAVAILABLE} while the view is starting
     */
    @Nullable
    OpenIndex<?> index(String name, int partition);

    /** Names of its indexes. */
    List<String> indexes();

    /** A moment of its indexes; to be closed. */
    Moment moment();

    /** How far the inputs are taken in some state of its cells. */
    Position position(Reading cells);
}
