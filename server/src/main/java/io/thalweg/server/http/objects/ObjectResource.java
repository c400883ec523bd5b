package io.thalweg.server.http.objects;

import io.thalweg.server.http.Route;
import io.thalweg.server.slab.NodeSlab;
import java.util.ArrayList;
import java.util.List;

/** Topics, objects, memos and slabs over HTTP, and what their routes work with. */
public record ObjectResource(NodeSlab slab) {

    /** Every route of the causal door. */
    public List<Route> routes() {
        ObjectCalls calls = new ObjectCalls(slab);
        List<Route> routes = new ArrayList<>(new TopicRoutes(calls).routes());
        routes.addAll(new ObjectRoutes(calls).routes());
        routes.addAll(new SlabRoutes(calls).routes());
        return routes;
    }
}
