package io.thalweg.server.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What the door counts: calls by route and status, and refusals by rate. Thread-safe. */
public final class HttpMeters {
    private record Key(String route, int status) {}

    /** Bounds of the histograms: from what an append from memory takes to what a query may wait. */
    private static final Duration[] BUCKETS = Stream.of(
                    1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000, 30_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final ConcurrentHashMap<Key, Timer> timers = new ConcurrentHashMap<>();
    private final Counter limited;

    public HttpMeters(MeterRegistry registry) {
        this.registry = registry;
        this.limited = Counter.builder("thalweg.http.rate.limited")
                .description("Calls refused because their tenant calls too fast")
                .register(registry);
    }

    void called(Route route, int status, long durationNs) {
        timers.computeIfAbsent(new Key(route.id(), status), this::timer).record(durationNs, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Key key) {
        return Timer.builder("thalweg.http.calls")
                .description("Calls by route and status, from the request's head to the reply's end")
                .tag("route", key.route)
                .tag("status", Integer.toString(key.status))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    void rateLimited() {
        limited.increment();
    }
}
