package io.thalweg.server.http.api;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.cluster.ClusterRoutes;
import io.thalweg.server.http.cluster.MoveRoutes;
import io.thalweg.server.http.javaviews.JavaViewRoutes;
import io.thalweg.server.http.ledgers.LedgerResource;
import io.thalweg.server.http.logs.LogResource;
import io.thalweg.server.http.objects.ObjectResource;
import io.thalweg.server.http.tenants.TenantResource;
import io.thalweg.server.http.tenants.TokenRoutes;
import io.thalweg.server.http.views.ViewResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The whole table of routes. */
public final class Api {
    private Api() {}

    /**
     * Every endpoint of a node, and the document that describes them.
     *
     * @param registry of the numbers; empty where they are told at an address of their own
     * @param readiness whether the node can serve
     */
    public static List<Route> routes(
            TenantResource tenants,
            LogResource logs,
            LedgerResource ledgers,
            ViewResource views,
            ObjectResource objects,
            ClusterRoutes cluster,
            MoveRoutes moves,
            JavaViewRoutes javaViews,
            Optional<PrometheusMeterRegistry> registry,
            Readiness readiness) {
        List<Route> routes = new ArrayList<>(tenants.routes());
        routes.addAll(logs.routes());
        routes.addAll(ledgers.routes());
        routes.addAll(views.routes());
        routes.addAll(objects.routes());
        routes.addAll(cluster.routes());
        routes.addAll(moves.routes(cluster));
        routes.addAll(javaViews.routes());
        return described(routes, registry, readiness);
    }

    /** Every endpoint of a slab without shards. */
    public static List<Route> ofSlab(
            TokenRoutes tokens, ObjectResource objects, PrometheusMeterRegistry registry, Readiness readiness) {
        List<Route> routes = new ArrayList<>(tokens.routes());
        routes.addAll(objects.routes());
        return described(routes, Optional.of(registry), readiness);
    }

    /** What is at an address that is for watching only: numbers and health. */
    public static List<Route> ofMetrics(PrometheusMeterRegistry registry, Readiness readiness) {
        return new NodeRoutes(readiness, Optional.of(registry)).watching();
    }

    private static List<Route> described(
            List<Route> routes, Optional<PrometheusMeterRegistry> registry, Readiness readiness) {
        NodeRoutes node = new NodeRoutes(readiness, registry);
        routes.addAll(node.routes());
        node.document(OpenApi.document(routes));
        return List.copyOf(routes);
    }
}
