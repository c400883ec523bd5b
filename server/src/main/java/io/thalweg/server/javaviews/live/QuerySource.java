package io.thalweg.server.javaviews.live;

import io.thalweg.index.OpenIndex;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.javaviews.RunningView;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.NamedQueries;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** What a query answers, which says from which path it makes that. */
final class QuerySource implements LiveSource {
    /** How long it may take each time. */
    private static final Duration ANSWER = Duration.ofSeconds(1);

    private final RunningView view;
    private final String query;
    private final Map<?, ?> arguments;
    private final Semaphore turn;
    private final OpenIndex<?> index;
    private final OptionalInt slot;

    /**
     * Asks the query where its answer comes from.
     *
     * @param arguments a JSON object
     * @param turn of the tenant's queries that are followed: whose code does not come back keeps it
     * @throws ThalwegException {@code INVALID_REQUEST} for arguments that do not fit, and for a query that does not say where its answer comes from; {@code
     *     NOT_FOUND} when there is none of the name
     */
    QuerySource(RunningView view, String query, Map<?, ?> arguments, Semaphore turn) throws InterruptedException {
        this.view = view;
        this.query = query;
        this.arguments = arguments;
        this.turn = turn;
        NamedQueries.From from = view.question(ANSWER, turn).from(query, arguments);
        OpenIndex<?> found = view.index(from.index(), 0);
        if (found == null) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "the view has no index " + from.index() + " any more");
        }
        this.index = found;
        this.slot = from.slot();
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
        return true;
    }

    @Override
    public List<@Nullable Object> values(Moment moment) throws InterruptedException {
        return Collections.singletonList(
                view.question(moment, ANSWER, turn).ask(query, arguments).result());
    }
}
