package io.thalweg.server.javaviews.live;

import io.thalweg.index.OpenIndex;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.javaviews.RunningView;
import io.thalweg.server.javaviews.reading.IndexSelect;
import io.thalweg.view.java.query.Moment;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What a path finds in an index. */
final class PathSource implements LiveSource {
    /** How long the path may take to be gone. */
    private static final Duration READ = Duration.ofSeconds(5);

    private final RunningView view;
    private final IndexSelect select;
    private final OpenIndex<?> index;
    private final OptionalInt slot;

    /** @throws ThalwegException {@code INVALID_REQUEST}, or {@code NOT_FOUND}, when there is no such path or index */
    PathSource(RunningView view, String index, List<?> path) {
        this.view = view;
        this.select = new IndexSelect(view, index, path, LiveSelect.VALUES_MAX);
        this.index = select.index();
        this.slot = select.slot();
    }

    @Override
    public RunningView view() {
        return view;
    }

    @Override
    public OpenIndex<?> index() {
        return index;
    }

    @Override
    public OptionalInt slot() {
        return slot;
    }

    @Override
    public boolean readsBeyond() {
        return false;
    }

    @Override
    public List<@Nullable Object> values(Moment moment) {
        try (moment) {
            IndexSelect.Values found =
                    select.values(moment.partition(0), null, IndexSelect.until(System.nanoTime() + READ.toNanos()));
            if (found.next() != null) {
                throw new ThalwegException(
                        ErrorCode.TOO_LARGE,
                        "the path finds more than " + LiveSelect.VALUES_MAX
                                + " values, which is what can be followed: follow a smaller part");
            }
            return found.values();
        }
    }
}
