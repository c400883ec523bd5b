package io.thalweg.directory;

/** Bounds of the directory that are no tenant's own. */
public final class Bounds {
    /** The shard that holds the directory. */
    public static final int DIRECTORY_SHARD = 0;

    /** In a command: the directory chooses the shard. */
    public static final int ANY_SHARD = -1;

    /** Shards for data beside the directory's. */
    public static final int MAX_DATA_SHARDS = 1_024;

    /** Decisions that shards have not confirmed; beyond that, {@code OVERLOADED}. */
    public static final int MAX_PENDING = 10_000;

    public static final int MAX_TENANTS = 100_000;
    public static final int MAX_USERS = 10_000;
    public static final int MAX_KEYS = 10_000;
    public static final int MAX_INVITATIONS = 1_000;
    public static final int MAX_PARTITIONS = 1_024;
    public static final int MAX_KEY_LOGS = 1_000;

    /** Views that a log names for {@code ack=full}. */
    public static final int MAX_FULL = 100;

    /** Ledgers of one tenant: each has memory of its own. */
    public static final int MAX_LEDGERS = 100;

    public static final int MAX_STUBS = 1_000;

    /** Longest world, stub or password hash, in UTF-8 bytes. */
    public static final int MAX_TEXT_BYTES = 512;

    public static final int MAX_REASON_BYTES = 4_096;

    /** How long an invitation is good. */
    public static final long INVITATION_NS = 7 * 86_400_000_000_000L;

    /** Longest grace period of a rotated secret. */
    public static final long MAX_GRACE_SECONDS = 30 * 86_400L;

    private Bounds() {}
}
