package io.thalweg.server.agent;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.action.Actions;
import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.Patience;
import io.thalweg.server.config.PeerTls;
import io.thalweg.server.data.Damages;
import io.thalweg.server.http.Detour;
import io.thalweg.server.http.ErrorReply;
import io.thalweg.server.http.HttpDoor;
import io.thalweg.server.http.HttpMeters;
import io.thalweg.server.http.PemFiles;
import io.thalweg.server.http.Route;
import io.thalweg.server.memory.NodeMemory;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/** Listens for operators' tools. */
public final class AgentDoor implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 256;
    private static final int BODY_MEMORY_BYTES = 8 << 20;

    private final HttpDoor door;
    private final String host;

    /**
     * What the door tells and has done.
     *
     * @param datastore as of now
     * @param nodes of the cluster that have an agent; empty for a node alone, which then tells of itself
     */
    public record Subject(
            Supplier<Datastore> datastore, Actions actions, Supplier<List<ClusterNode>> nodes, Clock clock) {}

    private AgentDoor(HttpDoor door, String host) {
        this.door = door;
        this.host = host;
    }

    /** The form in which the SDK expects refusals. */
    private record AgentError(boolean error, String errorMsg) {
        static AgentError of(ErrorReply reply) {
            return new AgentError(true, reply.error());
        }
    }

    /**
     * Answers on a channel that listens already; whoever calls finds every route ready.
     *
     * @param at as it is written for callers; on loopback it is open, elsewhere callers show certificates
     * @param tls which certificates those are
     */
    public static AgentDoor open(
            ServerSocketChannel listening,
            HostPort at,
            Optional<PeerTls> tls,
            Subject subject,
            Authenticator authenticator)
            throws IOException {
        SSLContext context = at.isLoopback() || tls.isEmpty()
                ? null
                : PemFiles.mutual(
                        tls.get().files().certificate(),
                        tls.get().files().key(),
                        tls.get().authority());
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        AgentMeters meters = new AgentMeters(registry, subject.actions());
        List<Route> routes = new ArrayList<>(new AgentRoutes(subject, meters, registry).routes());
        routes.addAll(new StableRoutes(subject, meters, registry).routes());
        HttpDoor door = HttpDoor.open(
                listening,
                new HttpDoor.Options(
                        context,
                        CONNECTIONS_MAX,
                        List.of(),
                        context == null ? HttpDoor.CallerCertificates.NOT_ASKED : HttpDoor.CallerCertificates.REQUIRED,
                        AgentError::of,
                        Patience.DEFAULT),
                routes,
                authenticator,
                new RateLimits(),
                new NodeMemory(BODY_MEMORY_BYTES),
                new HttpMeters(registry),
                new Damages(registry),
                Detour.NONE,
                _ -> {});
        return new AgentDoor(door, at.host());
    }

    /** Where tools reach it, e.g. {@code http://127.0.0.1:8000/}. */
    public String url() {
        return HttpDoor.url(door.secure(), host, door.port()) + "/";
    }

    @Override
    public void close() {
        door.close();
    }
}
