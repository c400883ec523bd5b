package io.thalweg.server.http.logs;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.thalweg.directory.Log;
import io.thalweg.shard.stream.StreamStats;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is in a log, or in some of its partitions; in the words of the service whose API this is. Times are in seconds since 1970.
 *
 * @param firstEventAt null without an event, as {@code lastEventAt}
 * @param natsMessageCount what that service counts in its live store; here every kept event is in the one store
 * @param partitions null where the log has one
 */
record LogStats(
        long archivedBytes,
        long bytes,
        long createdAt,
        long eventCount,
        @Nullable Long firstEventAt,
        @Nullable Long lastEventAt,
        UUID logId,
        String logName,
        long natsMessageCount,
        int viewCount,
        long firstSequence,
        long headSequence,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Part> partitions) {

    record Part(int partition, long bytes, long eventCount, long firstSequence, long headSequence) {}

    /**
     * Of one partition.
     *
     * @param head newest sequence, as far as it is here
     * @param views that follow the log
     */
    static LogStats of(Log log, int partition, StreamStats stats, long head, int views) {
        long events = stats.head() - stats.first() + 1;
        return new LogStats(
                0,
                stats.keptBytes(),
                stats.createdNs() / 1_000_000_000L,
                events,
                secondsOrNull(stats.firstAppendNs()),
                secondsOrNull(stats.lastAppendNs()),
                log.id().value(),
                log.name(),
                events,
                views,
                stats.first(),
                stats.head(),
                log.partitions() == 1
                        ? null
                        : List.of(new Part(partition, stats.keptBytes(), events, stats.first(), head)));
    }

    /** This and what is in other partitions: counts are sums, all else reaches from the least to the most. */
    LogStats with(LogStats other) {
        List<Part> all = new ArrayList<>(partitions == null ? List.of() : partitions);
        all.addAll(other.partitions == null ? List.of() : other.partitions);
        return new LogStats(
                archivedBytes + other.archivedBytes,
                bytes + other.bytes,
                Math.min(createdAt, other.createdAt),
                eventCount + other.eventCount,
                firstEventAt == null || (other.firstEventAt != null && other.firstEventAt < firstEventAt)
                        ? other.firstEventAt
                        : firstEventAt,
                lastEventAt == null || (other.lastEventAt != null && other.lastEventAt > lastEventAt)
                        ? other.lastEventAt
                        : lastEventAt,
                logId,
                logName,
                natsMessageCount + other.natsMessageCount,
                viewCount,
                Math.min(firstSequence, other.firstSequence),
                Math.max(headSequence, other.headSequence),
                all);
    }

    private static @Nullable Long secondsOrNull(long timestampNs) {
        return timestampNs == 0 ? null : (Long) (timestampNs / 1_000_000_000L);
    }
}
