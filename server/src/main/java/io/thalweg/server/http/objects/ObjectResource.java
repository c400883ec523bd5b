package io.thalweg.server.http.objects;

import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.http.Route;
import io.thalweg.server.slab.NodeSlab;
import io.thalweg.server.slab.Ties;
import java.util.ArrayList;
import java.util.List;

/** Topics, objects, memos and slabs over HTTP, and what their routes work with. */
public record ObjectResource(NodeSlab slab, Authenticator authenticator, Ties ties) {

    /** Every route of the causal door. */
    public List<Route> routes() {
        ObjectCalls calls = new ObjectCalls(slab, authenticator);
        List<Route> routes = new ArrayList<>(new TopicRoutes(calls, ties).routes());
        routes.addAll(new SearchRoutes(calls).routes());
        routes.addAll(new ObjectRoutes(calls).routes());
        routes.addAll(new SlabRoutes(calls).routes());
        return routes;
    }
}
