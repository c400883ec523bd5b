package io.thalweg.view.java.run;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events of a stream that were let go of before the view had taken them: retention waits for views, but not for ever. Nothing is missing in
 * silence, so a view goes on behind them when somebody says so, or with a dead letter that names them.
 *
 * @param first the first of them
 * @param last the last
 */
record Gone(String stream, long first, long last) {

    /** What somebody reads who looks why a view stands still. */
    String reason() {
        return (first == last ? "event " + first : "events " + first + " to " + last) + " of " + stream
                + " are no longer kept, and the view has not taken them";
    }

    /**
     * What comes behind a sequence.
     *
     * @param events none when what should come is gone
     */
    record Read(List<Streams.Event> events, @Nullable Gone gone) {

        static Read of(Streams streams, String stream, long after, int max) {
            List<Streams.Event> events;
            try {
                events = streams.read(stream, after, max);
            } catch (ThalwegException e) {
                if (e.code() != ErrorCode.SEQUENCE_GONE) {
                    throw e;
                }
                events = List.of();
            }
            long first =
                    events.isEmpty() ? streams.first(stream) : events.getFirst().sequence();
            return first > after + 1
                    ? new Read(List.of(), new Gone(stream, after + 1, first - 1))
                    : new Read(events, null);
        }
    }
}
