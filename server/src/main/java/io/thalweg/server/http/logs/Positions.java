package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Position;
import io.thalweg.model.PositionCodec;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import java.util.TreeMap;

/** Positions in a log as clients have them: a sequence where it has one partition, an opaque token where it has several. */
public final class Positions {
    private Positions() {}

    /** The token of a position in a log. */
    public static String token(Log log, Position position) {
        return log.partitions() == 1
                ? Long.toString(position.of(log.stream(0)))
                : Position.of(position.sequences()).token();
    }

    /** A position in a log from its token; streams of other logs in it are left out. */
    public static Position parse(String what, String token, Log log) {
        try {
            boolean bare = !token.isEmpty() && token.chars().allMatch(c -> c >= '0' && c <= '9');
            // Of a log that had one partition when the reader had its position.
            Position position = log.partitions() == 1 || (bare && log.firstPartitions() == 1)
                    ? PositionCodec.parse(token, log.stream(0))
                    : PositionCodec.parse(token);
            TreeMap<StreamId, Long> own = new TreeMap<>();
            for (StreamId stream : log.streams()) {
                own.put(stream, position.of(stream));
            }
            return Position.of(own);
        } catch (MalformedException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, what + ": " + e.getMessage(), e);
        }
    }
}
