package io.thalweg.server.http.logs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What goes into and out of logs, all tenants together. Thread-safe. */
public final class EventMeters {
    private final Counter appended;
    private final Counter appendedBytes;
    private final Counter read;
    private final Counter readBytes;

    public EventMeters(MeterRegistry registry) {
        appended = Counter.builder("thalweg.events.appended")
                .description("Events appended, retries not counted")
                .register(registry);
        appendedBytes = Counter.builder("thalweg.events.appended.bytes")
                .description("Bytes of the records of appended events")
                .register(registry);
        read = Counter.builder("thalweg.events.read")
                .description("Events read or tailed")
                .register(registry);
        readBytes = Counter.builder("thalweg.events.read.bytes")
                .description("Bytes of replies that carry events")
                .register(registry);
    }

    void appended(int events, long bytes) {
        appended.increment(events);
        appendedBytes.increment((double) bytes);
    }

    void read(int events, long bytes) {
        read.increment(events);
        readBytes.increment((double) bytes);
    }
}
