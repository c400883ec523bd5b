package io.thalweg.server.views;

import io.thalweg.model.ViewId;
import io.thalweg.view.StateDigest;
import java.util.List;
import java.util.Optional;

/** The other nodes on which a view of components runs. Thread-safe. */
public interface ViewReplicas {

    /**
     * A view on one of them.
     *
     * @param leads whether it leads the shard that the view follows, as far as is known
     */
    record Replica(String node, boolean leads, List<ReplicaStatus> versions) {

        /** What the state of a version came to there. */
        List<StateDigest> digests(int version) {
            return versions.stream()
                    .filter(status -> status.version() == version)
                    .findFirst()
                    .map(ReplicaStatus::known)
                    .orElse(List.of());
        }
    }

    /** How many nodes have a replica of a shard, this one among them, whether they answer or not. */
    int holders(int shard);

    /** Those with a replica of a shard that answered of late, and now. Waits for them, some moments at most. */
    List<Replica> others(int shard, ViewId view) throws InterruptedException;

    /** The one of them that leads; empty when none says so, or it does not answer. Waits for it, some moments at most. */
    Optional<Replica> leading(int shard, ViewId view) throws InterruptedException;

    /** On a node without others. */
    ViewReplicas NONE = new ViewReplicas() {
        @Override
        public int holders(int shard) {
            return 1;
        }

        @Override
        public List<Replica> others(int shard, ViewId view) {
            return List.of();
        }

        @Override
        public Optional<Replica> leading(int shard, ViewId view) {
            return Optional.empty();
        }
    };
}
