package io.thalweg.view.java.run;

import io.thalweg.index.IndexSpace;
import io.thalweg.view.java.query.QuerySite;
import java.time.InstantSource;
import java.util.UUID;

/**
 * What a partition of a view needs of its host.
 *
 * @param view whose indexes these are in the store: the log of its steps, which is another one after each rebuild
 * @param rebuilt whether the view was rebuilt, so that what its logs have when it begins is processed again
 * @param listener hears of each step
 */
public record Surroundings(
        UUID view,
        boolean rebuilt,
        Streams streams,
        StepStore store,
        InstantSource time,
        StepListener listener,
        CallRunner calls,
        QuerySite queries) {

    /** Where the indexes of a view lie in a store. */
    public static IndexSpace space(UUID view) {
        return new IndexSpace(view, 0);
    }

    IndexSpace space() {
        return space(view);
    }
}
