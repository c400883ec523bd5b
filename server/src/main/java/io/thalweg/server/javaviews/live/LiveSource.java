package io.thalweg.server.javaviews.live;

import io.thalweg.index.OpenIndex;
import io.thalweg.server.javaviews.RunningView;
import io.thalweg.view.java.query.Moment;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What is followed: made from what a view has at a moment, and made again when steps reach into the index that it comes from. Thread-safe. */
interface LiveSource {
    RunningView view();

    /** The index that it comes from. */
    OpenIndex<?> index();

    /** The slot of that index that it comes from; empty for all of them. */
    OptionalInt slot();

    /** Whether it may be made of more than that slot, so that a moment of it is one of all partitions. */
    boolean readsBeyond();

    /**
     * What it is at a moment.
     *
     * @param moment closed with it
     */
    List<@Nullable Object> values(Moment moment) throws InterruptedException;
}
