package io.thalweg.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.TenantLimits.RateLimit;
import io.thalweg.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A limit holds for all nodes together, however a tenant spreads its calls; in simulated time. */
class RateLimitsTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 2));
    private static final RateLimit LIMIT = new RateLimit(100, 50, 150);
    private static final long MILLISECOND_NS = 1_000_000;
    private static final int EXCHANGE_MS = 500;
    private static final int SECONDS = 60;

    /** Calls a second at each of three nodes. */
    @ParameterizedTest
    @CsvSource({"1000, 0, 0", "500, 500, 500", "900, 90, 10", "150, 20, 1000"})
    void overAMinuteThreeNodesLetInWhatOneWould(int first, int second, int third) {
        AtomicLong nowNs = new AtomicLong();
        List<RateLimits> nodes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            nodes.add(new RateLimits(3, nowNs::get));
        }
        int[] asked = {first, second, third};
        long admitted = 0;
        long[] due = new long[3];
        for (int ms = 1; ms <= SECONDS * 1_000; ms++) {
            nowNs.addAndGet(MILLISECOND_NS);
            for (int i = 0; i < 3; i++) {
                for (due[i] += asked[i]; due[i] >= 1_000; due[i] -= 1_000) {
                    admitted += nodes.get(i).admit(TENANT, LIMIT) ? 1 : 0;
                }
            }
            if (ms % EXCHANGE_MS == 0) {
                exchange(nodes);
            }
        }
        assertThat(admitted).isCloseTo(SECONDS * 100L, Percentage.withPercentage(10));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000_000, 1_000_001, 1_000_000_000, Integer.MAX_VALUE})
    void everyLimitThatATenantMayHaveIsOneThatABucketTakes(int aSecond) {
        RateLimits node = new RateLimits(1, System::nanoTime);
        assertThat(node.admit(TENANT, new RateLimit(aSecond, aSecond, aSecond))).isTrue();
    }

    private static void exchange(List<RateLimits> nodes) {
        List<Map<TenantId, Double>> rates =
                nodes.stream().map(RateLimits::measure).toList();
        for (int i = 0; i < nodes.size(); i++) {
            double elsewhere = 0;
            for (int other = 0; other < nodes.size(); other++) {
                elsewhere += other == i ? 0 : rates.get(other).getOrDefault(TENANT, 0.0);
            }
            nodes.get(i).others(Map.of(TENANT, elsewhere));
        }
    }
}
