package io.thalweg.server.javaviews.reading;

import io.thalweg.model.Position;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.NamedQueries;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.query.QueryGround;
import io.thalweg.view.java.query.QueryRun;
import io.thalweg.view.java.query.QueryThreads;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A question to a view at a moment, for which the node's threads for queries have a time. It is asked once, which closes the moment.
 *
 * @param queries those that the view answers
 * @param positions how far the inputs are taken in a moment
 * @param timeout from when it is asked on
 * @param turn of the tenant's questions
 */
public record Question(
        List<Query<?, ?>> queries,
        QueryGround ground,
        Function<Moment, Position> positions,
        QueryThreads threads,
        Others others,
        Duration timeout,
        Semaphore turn) {

    /** What a query answered, and the position that it is of. */
    public record Asked(@Nullable Object result, Position position) {}

    /** @param arguments a JSON object */
    public Asked ask(String query, Map<?, ?> arguments) throws InterruptedException {
        Query<?, ?> named;
        Position position;
        QueryRun run;
        try {
            named = NamedQueries.find(queries, query);
            position = positions.apply(ground.moment());
            run = run();
        } catch (RuntimeException e) {
            ground.moment().close(); // nobody else knows of it yet
            throw e;
        }
        return new Asked(threads.answer(run, turn, () -> NamedQueries.answer(run, named, arguments)), position);
    }

    /** What the answer would be made from. */
    public NamedQueries.From from(String query, Map<?, ?> arguments) throws InterruptedException {
        Query<?, ?> named;
        QueryRun run;
        try {
            named = NamedQueries.find(queries, query);
            run = run();
        } catch (RuntimeException e) {
            ground.moment().close();
            throw e;
        }
        return threads.answer(run, turn, () -> NamedQueries.from(run, named, arguments));
    }

    private QueryRun run() {
        return new QueryRun(ground, threads, others, System::nanoTime, System.nanoTime() + timeout.toNanos());
    }
}
