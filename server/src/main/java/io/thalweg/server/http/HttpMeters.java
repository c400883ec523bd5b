package io.thalweg.server.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** What the door counts: calls by route and status, and refusals by rate. Thread-safe. */
public final class HttpMeters {
    private record Key(String route, int status) {}

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
                .register(registry);
    }

    void rateLimited() {
        limited.increment();
    }
}
