package io.thalweg.server.http;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The whole table of routes. */
public final class Api {
    private Api() {}

    /**
     * Every endpoint of a node, and the document that describes them.
     *
     * @param notReady why the node cannot serve at the moment; empty when it can
     */
    public static List<Route> routes(
            Services services, PrometheusMeterRegistry registry, Supplier<Optional<String>> notReady) {
        KeyRoutes keys = new KeyRoutes(services);
        NodeRoutes node = new NodeRoutes(notReady, registry);
        ReadRoutes reads = new ReadRoutes(services);
        List<Route> routes = new ArrayList<>();
        routes.addAll(new AuthRoutes(services).routes());
        routes.addAll(keys.routes());
        routes.addAll(new LogRoutes(services).routes());
        routes.addAll(new AppendRoutes(services).routes());
        routes.addAll(reads.routes());
        routes.addAll(new LedgerRoutes(services).routes());
        routes.addAll(new BookingRoutes(services).routes());
        routes.addAll(new LedgerQueryRoutes(services).routes());
        routes.addAll(new LedgerEventRoutes(services).routes());
        routes.addAll(new ViewRoutes(services).routes());
        routes.addAll(new QueryRoutes(services, registry).routes());
        routes.addAll(new MemberRoutes(services).routes());
        routes.addAll(new OperatorRoutes(services, keys).routes());
        routes.addAll(node.routes());
        node.document(OpenApi.document(routes));
        return List.copyOf(routes);
    }
}
