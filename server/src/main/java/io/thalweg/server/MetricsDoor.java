package io.thalweg.server;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.data.Damages;
import io.thalweg.server.http.Detour;
import io.thalweg.server.http.HttpDoor;
import io.thalweg.server.http.HttpMeters;
import io.thalweg.server.http.api.Api;
import io.thalweg.server.http.api.Readiness;
import io.thalweg.server.memory.NodeMemory;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

/**
 * Numbers and health at an address of their own, so that the HTTP door can be open to strangers and these are not. It shares no budget
 * with that door: a node that is too busy to answer can still be looked at.
 */
final class MetricsDoor {
    private static final int CONNECTIONS_MAX = 64;

    /** Nobody sends a body here. */
    private static final long BODY_MEMORY_BYTES = 1 << 20;

    private MetricsDoor() {}

    static HttpDoor open(
            ServerSocketChannel listening,
            PrometheusMeterRegistry registry,
            Authenticator authenticator,
            Damages damages,
            HttpMeters meters,
            Readiness readiness)
            throws IOException {
        return HttpDoor.open(
                listening,
                HttpDoor.Options.open(null, CONNECTIONS_MAX, List.of()),
                Api.ofMetrics(registry, readiness),
                authenticator,
                new RateLimits(),
                new NodeMemory(BODY_MEMORY_BYTES),
                meters,
                damages,
                Detour.NONE,
                _ -> {});
    }
}
