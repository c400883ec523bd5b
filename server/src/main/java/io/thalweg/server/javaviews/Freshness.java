package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Position;
import io.thalweg.model.PositionCodec;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How fresh an answer of a view must be.
 *
 * @param after token of a position that it must reflect, hops included; null for whatever there is. A bare sequence is of the log that it was given
 *     for, so that it is waited for in every log as far as that has come
 * @param by who may answer
 */
public record Freshness(@Nullable String after, By by) {
    /** Who answers. */
    public enum By {
        /** The node that runs the view; where a position is named, any replica that has it. */
        RUNNING,
        /** Any replica of its indexes, as far as that is, also while nobody runs the view. */
        STALE,
        /** The node that runs it, with all that was acknowledged before the call. */
        LINEARIZABLE
    }

    /** Whether a token says of which streams it is: a bare sequence does where there is one. */
    static boolean isClear(List<Log> inputs, String token) {
        return !isBare(token) || inputs.stream().mapToInt(Log::partitions).sum() == 1;
    }

    private static boolean isBare(String token) {
        return token.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /**
     * A position as somebody names it.
     *
     * @param inputs of the view; a bare sequence is of all of their streams
     * @param what the parameter that has it
     */
    static Position position(List<Log> inputs, String what, String token) {
        try {
            if (isBare(token)) {
                Map<StreamId, Long> all = new TreeMap<>();
                inputs.forEach(log -> log.streams()
                        .forEach(stream -> all.put(
                                stream, PositionCodec.parse(token, stream).of(stream))));
                return Position.of(all);
            }
            return PositionCodec.parse(token);
        } catch (MalformedException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "parameter '" + what + "': " + e.getMessage(), e);
        }
    }
}
