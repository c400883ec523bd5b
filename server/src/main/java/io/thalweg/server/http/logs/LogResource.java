package io.thalweg.server.http.logs;

import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.http.Route;
import io.thalweg.server.javaviews.FullAcks;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.views.ViewKeeper;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Logs and their events over HTTP, and what their routes work with.
 *
 * @param stopping whether the node is about to close its door, so that streams without an end should end
 * @param node the name of this one
 * @param full appends that wait for views
 */
public record LogResource(
        Administration administration,
        Shards shards,
        ViewKeeper keeper,
        UsageMeter meter,
        Authenticator authenticator,
        EventMeters events,
        BooleanSupplier stopping,
        String node,
        FullAcks full) {

    /** Every route of logs. */
    public List<Route> routes() {
        List<Route> routes = new ArrayList<>(new LogRoutes(administration, shards, keeper, node).routes());
        routes.addAll(new AppendRoutes(shards, events, full, new NewerLogs(administration)).routes());
        routes.add(new AppendAllRoute(shards, events, administration).route());
        routes.add(SessionDoor.route());
        EventReading reading = new EventReading(administration, meter, events);
        routes.addAll(new ReadRoutes(shards, reading).routes());
        routes.addAll(new TailRoutes(shards, authenticator, stopping, reading).routes());
        return routes;
    }
}
