package io.thalweg.server.config;

import java.time.Duration;

/**
 * How far back the state of views in Java can be read.
 *
 * @param steps of each partition of a view that are kept whatever the indexes have
 * @param checkpoints of each shard's store of indexes, at most; 0 for none
 * @param every from one of them to the next
 * @param bytes that the checkpoints of a shard take with the steps that are kept for them, at most
 */
public record HistorySettings(long steps, int checkpoints, Duration every, long bytes) {
    /** 10,000 steps; four checkpoints, five minutes apart, in 1 GiB. */
    public static final HistorySettings DEFAULT = new HistorySettings(10_000, 4, Duration.ofMinutes(5), 1L << 30);

    private static final int CHECKPOINTS_MAX = 1_000;

    public HistorySettings {
        if (steps < 1 || steps > 1_000_000_000L) {
            throw new ConfigException("views.steps is " + steps + ", expected 1 to 1000000000");
        }
        if (checkpoints < 0 || checkpoints > CHECKPOINTS_MAX) {
            throw new ConfigException("views.checkpoints is " + checkpoints + ", expected 0 to " + CHECKPOINTS_MAX);
        }
        if (every.isNegative()) {
            throw new ConfigException("views.checkpoints.every is " + every + ", expected no negative time");
        }
        if (bytes < 1 << 20) {
            throw new ConfigException("views.checkpoints.bytes is " + bytes + ", expected at least 1 MiB");
        }
    }
}
