package io.thalweg.ledger.model;

import java.nio.ByteBuffer;

/**
 * The dense form of an event's outcome.
 *
 * @param timestamp of the object if it was created or exists, else the tick at which the event was checked
 * @param code the status's number, -1 when created
 */
public record Result(long timestamp, int code) {
    static final int BYTES = 16;

    static Result get(ByteBuffer from, int at) {
        if (from.getInt(at + 12) != 0) {
            throw new AssertionError("the reserved part of a result is " + from.getInt(at + 12));
        }
        return new Result(from.getLong(at), from.getInt(at + 8));
    }
}
