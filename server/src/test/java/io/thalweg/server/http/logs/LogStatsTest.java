package io.thalweg.server.http.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.Log;
import io.thalweg.directory.Retention;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.server.form.Json;
import io.thalweg.shard.stream.StreamStats;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Numbers of a log's partitions are the same together, wherever each was counted. */
class LogStatsTest {
    private static final Log LOG = new Log(new LogId(new UUID(3, 4)), "wide", List.of(1, 2, 3), Retention.FOREVER, 7);
    private static final long SECOND = 1_000_000_000L;

    private static LogStats of(int partition, long first, long head, long firstSecond, long lastSecond) {
        StreamStats stats = new StreamStats(
                LOG.stream(partition),
                new TenantId(new UUID(1, 2)),
                (100 + partition) * SECOND,
                first,
                head,
                1_000 * (head - first + 1),
                9_999,
                firstSecond * SECOND,
                lastSecond * SECOND);
        return LogStats.of(LOG, partition, stats, head, 2);
    }

    @Test
    void partsOfOtherNodesAreCountedWithThoseThatAreHere() {
        LogStats empty = of(0, 1, 0, 0, 0);
        LogStats there = Json.read(Json.write(of(1, 3, 10, 200, 900)), LogStats.class);
        LogStats all = empty.with(there).with(of(2, 1, 4, 150, 300));
        assertThat(all.eventCount()).isEqualTo(12);
        assertThat(all.bytes()).isEqualTo(12_000);
        assertThat(all.firstSequence()).isEqualTo(1);
        assertThat(all.headSequence()).isEqualTo(10);
        assertThat(all.createdAt()).isEqualTo(100);
        assertThat(all.firstEventAt()).isEqualTo(150);
        assertThat(all.lastEventAt()).isEqualTo(900);
        assertThat(all.viewCount()).isEqualTo(2);
        assertThat(all.partitions()).extracting(LogStats.Part::partition).containsExactly(0, 1, 2);
        assertThat(all.partitions()).extracting(LogStats.Part::eventCount).containsExactly(0L, 8L, 4L);
        assertThat(empty.firstEventAt()).isNull();
    }
}
