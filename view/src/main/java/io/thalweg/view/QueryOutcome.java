package io.thalweg.view;

import io.thalweg.model.Position;
import java.util.List;

/** How a query ended, if not in an exception. */
public sealed interface QueryOutcome {

    /** Up to where the answer, or the view, reflects the stream. */
    Position position();

    /**
     * The view's answer.
     *
     * @param gaps events before the position that it does not reflect
     */
    record Answered(ViewAnswer answer, Position position, List<Gap> gaps, int version) implements QueryOutcome {}

    /** The deadline passed before the view reached the position that the query asked for. */
    record Behind(Position position, Position wanted, int version) implements QueryOutcome {}
}
