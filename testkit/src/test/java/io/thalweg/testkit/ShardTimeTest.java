package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.AppendBody;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.stream.StreamCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is old is so by the shard's time, on a node whose own clock is wrong too. */
final class ShardTimeTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final StreamId STREAM = new StreamId(new LogId(new UUID(2, 2)), 0);
    private static final long DAY_NS = Duration.ofDays(1).toNanos();

    private final SimulatedShard shard = new SimulatedShard(7, ShardOptions.in(Path.of("/shard")), List::of, true);

    @Test
    void noEventIsOldByTheClockOfANodeThatIsADayAhead() {
        var _ = shard.call(new StreamCommand.Create(STREAM).toRequest(TENANT)).orThrow();
        var _ = shard.call(AppendBody.builder(STREAM, 64).add(new byte[8]).request(TENANT))
                .orThrow();
        shard.setAhead(2 * DAY_NS);
        assertThat(shard.shard().keepYounger(STREAM, Long.MAX_VALUE, DAY_NS)).hasValue(1L);
        shard.clock().advance(DAY_NS + 1);
        assertThat(shard.shard().keepYounger(STREAM, Long.MAX_VALUE, DAY_NS))
                .as("by the group's time")
                .hasValue(2L);
        assertThat(shard.shard().keepYounger(STREAM, Long.MAX_VALUE, Long.MAX_VALUE))
                .as("for ever")
                .hasValue(1L);
    }
}
