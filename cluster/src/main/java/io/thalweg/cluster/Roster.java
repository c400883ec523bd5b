package io.thalweg.cluster;

import io.thalweg.directory.cluster.ClusterState;
import java.util.function.Supplier;

/**
 * Who is in the cluster now: what the directory says, once it says something, and before that what the node was configured with. Thread-safe.
 */
public final class Roster implements Supplier<ClusterNodes> {
    private final ClusterNodes configured;
    private volatile Supplier<ClusterState> directory = () -> ClusterState.NONE;
    private volatile Known known;

    private record Known(ClusterState state, ClusterNodes nodes) {}

    public Roster(ClusterNodes configured) {
        this.configured = configured;
        known = new Known(ClusterState.NONE, configured);
    }

    /** Goes by the directory from now on. */
    public void follow(Supplier<ClusterState> newest) {
        directory = newest;
    }

    /** What the node was configured with. */
    public ClusterNodes configured() {
        return configured;
    }

    /** Whether the directory has said who is there. */
    public boolean isKnown() {
        return directory.get().isKnown();
    }

    @Override
    @SuppressWarnings(
            "ReferenceEquality") // a directory that changed is another value, and comparing all of it would cost each
    // call
    public ClusterNodes get() {
        ClusterState now = directory.get();
        Known last = known;
        if (last.state == now) {
            return last.nodes;
        }
        ClusterNodes nodes = now.isKnown() ? configured.as(now) : configured;
        known = new Known(now, nodes);
        return nodes;
    }
}
