package io.thalweg.shard.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class StreamMarksTest {
    private static final LogStream STREAM =
            new LogStream(StreamId.of(new LogId(new UUID(1, 1))), new TenantId(new UUID(1, 1)), 0);

    @Test
    void bytesBeforeASequenceAreExactForFewAppendsAndNearForMany() {
        SplittableRandom random = new SplittableRandom(7);
        int appends = 100_000;
        long[] bytesBefore = new long[appends + 2];
        StreamMarks marks = StreamMarks.NONE;
        for (int i = 1; i <= appends; i++) {
            marks = marks.with(i, bytesBefore[i], i);
            bytesBefore[i + 1] = bytesBefore[i] + 10 + random.nextInt(100);
            if (i == StreamMarks.MARKS_MAX) {
                for (int sequence = 1; sequence <= i + 1; sequence++) {
                    assertThat(marks.bytesBefore(sequence, i, bytesBefore[i + 1]))
                            .isEqualTo(bytesBefore[sequence]);
                }
            }
        }
        for (int sequence = 1; sequence <= appends; sequence++) {
            assertThat((double) marks.bytesBefore(sequence, appends, bytesBefore[appends + 1]))
                    .isCloseTo(
                            (double) bytesBefore[sequence],
                            org.assertj.core.data.Offset.offset(bytesBefore[appends] / 60.0));
        }
    }

    @Test
    void retentionKeepsWhatIsYoungAndWhatFits() {
        for (int i = 0; i < 1000; i++) {
            STREAM.append(10, 1000, 1_000_000 + 1000L * i);
        }
        STREAM.publish();
        LogStream.View view = java.util.Objects.requireNonNull(STREAM.published());
        StreamStats stats = view.stats();
        assertThat(view.marks().keepFrom(stats, Long.MAX_VALUE, 0)).isEqualTo(1);
        assertThat(view.marks().keepFrom(stats, Long.MAX_VALUE, 3_000_000)).isEqualTo(stats.head() + 1);
        long bySize = view.marks().keepFrom(stats, 500_000, 0);
        assertThat(bySize).isBetween(5000L - 200, 5001L + 200);
        long byAge = view.marks().keepFrom(stats, Long.MAX_VALUE, 1_500_000);
        assertThat(byAge).isBetween(5001L - 200, 5001L);
    }
}
