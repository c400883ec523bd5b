package io.thalweg.server.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How much lies in the data directory, by part, and how much room is left. The directory is walked when somebody asks, and at most once a
 * minute: a node has a few files for each segment, ledger and view, not for each event.
 */
final class DiskMeters {
    private static final long FRESH_NS = Duration.ofMinutes(1).toNanos();

    /** What a file belongs to, by a folder on the way to it. */
    private static final List<String> PARTS = List.of("journal", "state", "ledgers", "raft", "views", "slab", "aside");

    private final Path data;
    private Map<String, Long> bytes = Map.of();
    private long measuredNs;

    private DiskMeters(Path data) {
        this.data = data;
    }

    static void bind(MeterRegistry registry, Path data) {
        DiskMeters meters = new DiskMeters(data);
        for (String part : PARTS) {
            Gauge.builder("thalweg.disk.bytes", meters, disk -> disk.bytes(part))
                    .description("Bytes in the data directory, by what they are for; at most a minute old")
                    .tag("part", part)
                    .strongReference(true)
                    .register(registry);
        }
        Gauge.builder("thalweg.disk.free.bytes", meters, DiskMeters::free)
                .description("Bytes that the node may still write to the data directory's file system")
                .strongReference(true)
                .register(registry);
    }

    private double free() {
        try {
            return Files.getFileStore(data).getUsableSpace();
        } catch (IOException _) {
            return Double.NaN;
        }
    }

    private synchronized double bytes(String part) {
        long nowNs = System.nanoTime();
        if (bytes.isEmpty() || nowNs - measuredNs > FRESH_NS) {
            bytes = measure();
            measuredNs = nowNs;
        }
        return bytes.getOrDefault(part, 0L);
    }

    private Map<String, Long> measure() {
        Map<String, Long> found = new TreeMap<>(Map.of("other", 0L));
        try (Stream<Path> files = Files.walk(data)) {
            files.forEach(file -> found.merge(part(file), size(file), Long::sum));
        } catch (IOException | UncheckedIOException _) {
            // A file went while the folder was read: what was counted is as good as any moment.
        }
        return found;
    }

    private String part(Path file) {
        for (Path name : data.relativize(file)) {
            if (PARTS.contains(name.toString())) {
                return name.toString();
            }
        }
        return "other";
    }

    private static long size(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException _) {
            return 0;
        }
    }
}
