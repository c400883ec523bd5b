package io.thalweg.server.http.views;

import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.http.Route;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.views.Deployment;
import io.thalweg.server.views.Skipping;
import io.thalweg.server.views.ViewKeeper;
import io.thalweg.server.views.WholeView;
import io.thalweg.view.host.ViewHost;
import java.util.ArrayList;
import java.util.List;

/** Views over HTTP, and what their routes work with. */
public record ViewResource(
        Administration administration,
        Shards shards,
        ViewHost views,
        ViewKeeper keeper,
        WholeView.Lens lens,
        Deployment deployment,
        Skipping skipping,
        UsageMeter meter,
        MeterRegistry registry) {

    /** Every route of views. */
    public List<Route> routes() {
        List<Route> routes =
                new ArrayList<>(new ViewRoutes(administration, views, keeper, lens, deployment, skipping).routes());
        routes.addAll(new QueryRoutes(shards, views, meter, registry).routes());
        return routes;
    }
}
