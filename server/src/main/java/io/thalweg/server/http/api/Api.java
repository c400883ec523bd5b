package io.thalweg.server.http.api;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.ledgers.LedgerResource;
import io.thalweg.server.http.logs.LogResource;
import io.thalweg.server.http.objects.ObjectResource;
import io.thalweg.server.http.tenants.TenantResource;
import io.thalweg.server.http.views.ViewResource;
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
            TenantResource tenants,
            LogResource logs,
            LedgerResource ledgers,
            ViewResource views,
            ObjectResource objects,
            PrometheusMeterRegistry registry,
            Supplier<Optional<String>> notReady) {
        NodeRoutes node = new NodeRoutes(notReady, registry);
        List<Route> routes = new ArrayList<>(tenants.routes());
        routes.addAll(logs.routes());
        routes.addAll(ledgers.routes());
        routes.addAll(views.routes());
        routes.addAll(objects.routes());
        routes.addAll(node.routes());
        node.document(OpenApi.document(routes));
        return List.copyOf(routes);
    }
}
