package io.thalweg.server.http.tenants;

import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Passwords;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.http.Route;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.views.ViewKeeper;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Tenants, their people and their keys over HTTP, and what their routes work with.
 *
 * @param url where clients reach this node
 */
public record TenantResource(
        Administration administration,
        ViewKeeper keeper,
        UsageMeter meter,
        Authenticator authenticator,
        Passwords passwords,
        Supplier<String> url) {

    /** Every route of tenants, and the operator's. */
    public List<Route> routes() {
        Keys keys = new Keys(administration, authenticator);
        List<Route> routes = new ArrayList<>(new AuthRoutes(administration, authenticator, passwords).routes());
        routes.addAll(new TokenRoutes(authenticator).routes());
        routes.addAll(new KeyRoutes(administration, authenticator, keys).routes());
        routes.addAll(new MemberRoutes(administration, keeper, meter, authenticator, url).routes());
        routes.addAll(new OperatorRoutes(administration, keeper, authenticator, passwords, keys).routes());
        return routes;
    }
}
