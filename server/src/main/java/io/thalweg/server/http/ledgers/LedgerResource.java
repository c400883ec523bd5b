package io.thalweg.server.http.ledgers;

import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.http.Route;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Ledgers;
import io.thalweg.server.routing.Shards;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Ledgers over HTTP, and what their routes work with.
 *
 * @param stopping whether the node is about to close its door, so that streams without an end should end
 */
public record LedgerResource(
        Administration administration,
        Shards shards,
        Ledgers ledgers,
        UsageMeter meter,
        Authenticator authenticator,
        BooleanSupplier stopping) {

    /** Every route of ledgers. */
    public List<Route> routes() {
        AccountReads reads = new AccountReads(ledgers, authenticator);
        List<Route> routes = new ArrayList<>(new LedgerRoutes(administration).routes());
        routes.addAll(new BookingRoutes(shards, ledgers, meter).routes());
        routes.addAll(new LedgerQueryRoutes(ledgers, reads, meter).routes());
        routes.addAll(new AccountRoutes(reads, meter).routes());
        routes.addAll(new LedgerEventRoutes(administration, ledgers, meter, authenticator, stopping).routes());
        return routes;
    }
}
