package io.thalweg.shard.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IdempotencyWindowTest {
    private static final long WINDOW_NS = 1000;

    private record Remembered(long payload, long sequence, long timestampNs) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void itRemembersExactlyWhatAMapWithTimesWouldRemember(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        IdempotencyWindow window = new IdempotencyWindow(WINDOW_NS);
        Map<Long, Remembered> model = new LinkedHashMap<>();
        long now = 0;
        for (int step = 0; step < 20_000; step++) {
            now += random.nextInt(random.nextInt(1000) == 0 ? 3000 : 2);
            long at = now;
            window.expire(at);
            model.values().removeIf(record -> at - record.timestampNs >= WINDOW_NS);
            assertThat(window.size()).isEqualTo(model.size());
            // Few distinct low halves, so that clusters form and shift.
            long key = random.nextLong(3000);
            long found = window.find(key, key % 7);
            Remembered expected = model.get(key);
            assertThat(found >= 0).as("seed %d step %d", seed, step).isEqualTo(expected != null);
            if (expected != null) {
                assertThat(window.sequence(found)).isEqualTo(expected.sequence);
                assertThat(window.timestampNs(found)).isEqualTo(expected.timestampNs);
                assertThat(window.samePayload(found, expected.payload, ~expected.payload))
                        .isTrue();
                assertThat(window.samePayload(found, expected.payload, expected.payload))
                        .isFalse();
            } else {
                long payload = random.nextLong();
                window.add(key, key % 7, payload, ~payload, step + 1, 1, at);
                model.put(key, new Remembered(payload, step + 1, at));
            }
            if (step % 3989 == 0) {
                window = reloaded(window, at);
            }
        }
    }

    private static IdempotencyWindow reloaded(IdempotencyWindow window, long nowNs) {
        BinaryWriter out = new BinaryWriter();
        window.save(out, nowNs);
        IdempotencyWindow loaded = new IdempotencyWindow(WINDOW_NS);
        loaded.load(new BinaryReader(out.toByteBuffer()));
        BinaryWriter again = new BinaryWriter();
        loaded.save(again, nowNs);
        assertThat(again.toByteArray()).isEqualTo(out.toByteArray());
        return loaded;
    }
}
