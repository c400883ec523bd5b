package io.thalweg.shard;

import io.thalweg.log.journal.JournalOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * How a shard is kept. All sizes in bytes.
 *
 * @param directory where it keeps {@code journal/} and {@code state/}
 * @param queueBytesMax requests that may wait to be ordered; beyond that, {@code OVERLOADED}
 * @param entryBytesTarget an entry takes what waits up to this size, or one larger request
 * @param entriesInFlightMax entries proposed and not yet answered
 * @param journal how entries are laid out on disk
 * @param indexCacheBytes memory for the indexes of old segments
 * @param snapshotBytes a snapshot is taken when this much was applied since the newest (or more, when snapshots are large)
 * @param snapshotEntries a snapshot is taken when this many entries were applied since the newest
 * @param idempotencyWindow how long an idempotency key is remembered, in event time
 * @param idempotencyKeysMax live keys of one tenant; beyond that, {@code IDEMPOTENCY_WINDOW_FULL}
 * @param sessionsMax sessions of one tenant that are remembered; the one unused for longest goes first, and is known as gone for as
 *     long as an idempotency key is
 */
public record ShardOptions(
        Path directory,
        int queueBytesMax,
        int entryBytesTarget,
        int entriesInFlightMax,
        JournalOptions journal,
        long indexCacheBytes,
        long snapshotBytes,
        int snapshotEntries,
        Duration idempotencyWindow,
        int idempotencyKeysMax,
        int sessionsMax) {

    public ShardOptions {
        atLeast("queueBytesMax", queueBytesMax, 1);
        atLeast("entryBytesTarget", entryBytesTarget, 1);
        atLeast("entriesInFlightMax", entriesInFlightMax, 1);
        atLeast("indexCacheBytes", indexCacheBytes, 0);
        atLeast("snapshotBytes", snapshotBytes, 1);
        atLeast("snapshotEntries", snapshotEntries, 1);
        atLeast("idempotencyKeysMax", idempotencyKeysMax, 1);
        atLeast("sessionsMax", sessionsMax, 1);
        if (idempotencyWindow.isNegative() || idempotencyWindow.compareTo(Duration.ofDays(365)) > 0) {
            throw new IllegalArgumentException(
                    "idempotencyWindow is " + idempotencyWindow + ", expected 0 to 365 days");
        }
    }

    private static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ", expected at least " + least);
        }
    }

    /** What a node runs with unless it is told otherwise. */
    public static ShardOptions in(Path directory) {
        return new ShardOptions(
                directory,
                128 << 20,
                256 << 10,
                2,
                JournalOptions.standard(),
                32L << 20,
                256L << 20,
                100_000,
                Duration.ofHours(1),
                1_000_000,
                10_000);
    }

    /** Options that are being made from others. */
    private static final class Next {
        private final Path directory;
        private int queueBytesMax;
        private final int entryBytesTarget;
        private int entriesInFlightMax;
        private JournalOptions journal;
        private long indexCacheBytes;
        private long snapshotBytes;
        private int snapshotEntries;
        private Duration idempotencyWindow;
        private int idempotencyKeysMax;
        private int sessionsMax;

        Next(ShardOptions options) {
            directory = options.directory;
            queueBytesMax = options.queueBytesMax;
            entryBytesTarget = options.entryBytesTarget;
            entriesInFlightMax = options.entriesInFlightMax;
            journal = options.journal;
            indexCacheBytes = options.indexCacheBytes;
            snapshotBytes = options.snapshotBytes;
            snapshotEntries = options.snapshotEntries;
            idempotencyWindow = options.idempotencyWindow;
            idempotencyKeysMax = options.idempotencyKeysMax;
            sessionsMax = options.sessionsMax;
        }
    }

    private ShardOptions with(Consumer<Next> change) {
        Next next = new Next(this);
        change.accept(next);
        return new ShardOptions(
                next.directory,
                next.queueBytesMax,
                next.entryBytesTarget,
                next.entriesInFlightMax,
                next.journal,
                next.indexCacheBytes,
                next.snapshotBytes,
                next.snapshotEntries,
                next.idempotencyWindow,
                next.idempotencyKeysMax,
                next.sessionsMax);
    }

    public ShardOptions withJournal(JournalOptions value) {
        return with(next -> next.journal = value);
    }

    public ShardOptions withSegmentBytes(int value) {
        return withJournal(journal.withSegmentBytes(value));
    }

    public ShardOptions withQueueBytesMax(int value) {
        return with(next -> next.queueBytesMax = value);
    }

    public ShardOptions withEntriesInFlightMax(int value) {
        return with(next -> next.entriesInFlightMax = value);
    }

    public ShardOptions withIndexCacheBytes(long value) {
        return with(next -> next.indexCacheBytes = value);
    }

    public ShardOptions withSnapshotEvery(long bytes, int entries) {
        return with(next -> {
            next.snapshotBytes = bytes;
            next.snapshotEntries = entries;
        });
    }

    public ShardOptions withIdempotency(Duration window, int keysMax) {
        return with(next -> {
            next.idempotencyWindow = window;
            next.idempotencyKeysMax = keysMax;
        });
    }

    public ShardOptions withSessionsMax(int value) {
        return with(next -> next.sessionsMax = value);
    }
}
