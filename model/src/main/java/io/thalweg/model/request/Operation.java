package io.thalweg.model.request;

import io.thalweg.model.MalformedException;

/**
 * What a request asks for. Numbers are part of the format on disk: they are never reused, and a machine owns a range of
 * them (0-31 the shard itself, 32-63 the directory, 64-95 the ledger).
 */
public enum Operation {
    /** Changes nothing; its reply proves that all entries before it have been applied. */
    MARKER(0),
    APPEND(1),
    CREATE_STREAM(2),
    DELETE_STREAM(3),
    TRIM_STREAM(4),
    /** Appends to several streams, all or none. Body: {@link AppendAllBody}. */
    APPEND_ALL(5),
    /** From here on the shard's order may have what a version brings. Body: the version i32. */
    RAISE(6, 2),
    DIRECTORY(32),
    /** The directory tells a shard which streams and ledgers to have. */
    PLACE(33),
    /** Creates an empty ledger, as {@link #PLACE} does. Body: a ledger request without events. */
    LEDGER_CREATE(64),
    LEDGER_ACCOUNTS(65),
    LEDGER_TRANSFERS(66),
    /** Registers a session of the ledger's wire protocol. */
    LEDGER_REGISTER(67),
    /** Expires pending transfers whose time is over. */
    LEDGER_PULSE(68),
    /** Says that a session of the wire protocol is in use, though it only reads. Body: a ledger request without events. */
    LEDGER_TOUCH(69);

    /**
     * The newest version of what is in orders and files that this program knows. Version 1 has tokens by which nodes join a cluster, version 2 versions in
     * the orders of shards, version 3 logs that name views, version 4 states of views in Java beside each other, and options of views, version 5 pulses of ledgers that count
     * only when something expires, version 6 digests of what is applied, which replicas compare, version 7 several hops of a view in one event. Tests of mixed versions
     * have a process know less, by the system property {@code thalweg.test.version}.
     */
    public static final int VERSION_NEWEST = Math.min(7, Integer.getInteger("thalweg.test.version", 7));

    /** From this version of the order on, replicas keep digests of what is applied, and compare them. */
    public static final int VERSION_OF_DIGESTS = 6;

    /** The version that brought several hops of a view in one event. */
    public static final int VERSION_OF_BUNDLES = 7;

    private static final Operation[] BY_NUMBER = new Operation[96];

    static {
        for (Operation operation : values()) {
            BY_NUMBER[operation.number] = operation;
        }
    }

    private final int number;
    private final int since;

    /** Whether the request is there to store something new: what a disk that is nearly full has no room for. */
    public boolean stores() {
        return switch (this) {
            case APPEND, APPEND_ALL, LEDGER_ACCOUNTS, LEDGER_TRANSFERS -> true;
            case MARKER,
                    CREATE_STREAM,
                    DELETE_STREAM,
                    TRIM_STREAM,
                    RAISE,
                    DIRECTORY,
                    PLACE,
                    LEDGER_CREATE,
                    LEDGER_REGISTER,
                    LEDGER_PULSE,
                    LEDGER_TOUCH -> false;
        };
    }

    Operation(int number) {
        this(number, 0);
    }

    Operation(int number, int since) {
        this.number = number;
        this.since = since;
    }

    public int number() {
        return number;
    }

    /** The version that brought it: a program that knows only what was before halts at it. 0 for what was there before there were versions. */
    public int since() {
        return since;
    }

    /** The operation with this number; throws {@link MalformedException} if there is none. */
    public static Operation ofNumber(int number) {
        Operation operation = number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
        if (operation == null || operation.since > VERSION_NEWEST) {
            throw new MalformedException("operation " + number + " is unknown");
        }
        return operation;
    }
}
