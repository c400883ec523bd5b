package io.thalweg.model;

import java.util.Locale;

/**
 * Every way in which the platform says no. The lower-case name is the machine code of an error reply; the number is its
 * binary form and never changes meaning.
 */
public enum ErrorCode {
    INVALID_REQUEST(1, Kind.INVALID),
    UNAUTHENTICATED(2, Kind.UNAUTHENTICATED),
    FORBIDDEN(3, Kind.FORBIDDEN),
    NOT_FOUND(4, Kind.NOT_FOUND),
    ALREADY_EXISTS(5, Kind.CONFLICT),
    SEQUENCE_MISMATCH(6, Kind.CONFLICT),
    IDEMPOTENCY_KEY_REUSED(7, Kind.CONFLICT),
    REQUEST_NUMBER_TOO_OLD(8, Kind.CONFLICT),
    TOO_LARGE(9, Kind.TOO_LARGE),
    RATE_LIMITED(10, Kind.RATE_LIMITED),
    QUOTA_EXCEEDED(11, Kind.RATE_LIMITED),
    IDEMPOTENCY_WINDOW_FULL(12, Kind.RATE_LIMITED),
    INTERNAL(13, Kind.INTERNAL),
    NOT_LEADER(14, Kind.UNAVAILABLE),
    OVERLOADED(15, Kind.UNAVAILABLE),
    UNAVAILABLE(16, Kind.UNAVAILABLE),
    DEADLINE_EXCEEDED(17, Kind.TIMEOUT),
    INVALID_COMPONENT(18, Kind.INVALID),
    VIEW_PARKED(19, Kind.UNAVAILABLE),
    VIEW_PAUSED(20, Kind.UNAVAILABLE),
    VIEW_FAILED(21, Kind.BAD_GATEWAY),
    SEQUENCE_GONE(22, Kind.GONE),
    UNSUPPORTED_MEDIA_TYPE(23, Kind.UNSUPPORTED_MEDIA_TYPE),
    SESSION_EVICTED(24, Kind.CONFLICT),
    VIEW_NOT_PARKED(25, Kind.CONFLICT),
    /** A write that may or may not have taken effect, or may still do so. */
    OUTCOME_UNKNOWN(26, Kind.TIMEOUT),
    /** A ledger some of whose stored bytes are wrong; whether a write takes effect is decided when it is repaired. */
    LEDGER_FROZEN(27, Kind.UNAVAILABLE),
    /** Memos that a reader knows of are not here, and did not come in time. */
    CONTEXT_MISSING(28, Kind.TIMEOUT),
    /** A write stays, but is not yet as durable as was asked for. */
    DURABILITY_NOT_REACHED(29, Kind.TIMEOUT),
    /** A session's request number that was another request before. */
    REQUEST_NUMBER_REUSED(30, Kind.CONFLICT),
    /** A producer's number is below its last, or was another append's. */
    PRODUCER_NUMBER(40, Kind.CONFLICT),
    /** Somebody has taken a producer's name over with a larger epoch. */
    PRODUCER_FENCED(41, Kind.CONFLICT),
    /** What is to happen all or none would happen in several shards. */
    NOT_ONE_SHARD(42, Kind.CONFLICT),
    /** Since its writer looked, a log was split, and the events' slots belong to another partition; or they did when this was first appended. */
    SLOT_MOVED(43, Kind.UNAVAILABLE),
    /** The disk that a write would go to is nearly full; what is stored can be read, and deleted. */
    DISK_FULL(44, Kind.UNAVAILABLE),
    /** What memos said was dropped, as their topic's policy has it. */
    MEMO_GONE(50, Kind.GONE),
    /** A change of an object that is known to be deleted. */
    OBJECT_DELETED(51, Kind.CONFLICT);

    /** What a caller should do about it; a door maps this to its own status codes. */
    public enum Kind {
        INVALID,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        CONFLICT,
        GONE,
        TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        RATE_LIMITED,
        INTERNAL,
        BAD_GATEWAY,
        UNAVAILABLE,
        TIMEOUT
    }

    private final int number;
    private final Kind kind;

    ErrorCode(int number, Kind kind) {
        this.number = number;
        this.kind = kind;
    }

    /** The code with this number; throws {@link MalformedException} if there is none. */
    public static ErrorCode ofNumber(int number) {
        for (ErrorCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        throw new MalformedException("error code " + number + " is unknown");
    }

    public int number() {
        return number;
    }

    public Kind kind() {
        return kind;
    }

    /** The code as clients see it, e.g. {@code sequence_mismatch}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
