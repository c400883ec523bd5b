package io.thalweg.server.views;

import io.thalweg.directory.Log;
import io.thalweg.directory.View;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.host.ViewHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How a view of components is over all nodes on which it runs: as it is where the shard is led that it follows, since what is decided about it is
 * decided there; where that one does not answer as it is here, and where it does not run here as it is on the one that has come furthest.
 *
 * @param statuses of its versions there
 * @param runsHere whether this node answers its queries
 * @param replicas all that answered, this one included, by node
 */
public record WholeView(List<VersionStatus> statuses, boolean runsHere, List<ViewReplicas.Replica> replicas) {

    /** Looks at views from one node. */
    public record Lens(String node, Shards shards, ViewHost host, ViewReplicas others) {

        /** A view as all replicas together are that answer soon. */
        public WholeView at(TenantId tenant, Log log, View view) throws InterruptedException {
            int shard = log.shard(0);
            List<VersionStatus> own = host.status(view.id());
            boolean leads = shards.leads(shard);
            List<ViewReplicas.Replica> replicas = new ArrayList<>(others.others(shard, view.id()));
            Optional<ViewReplicas.Replica> leading = replicas.stream()
                    .filter(replica ->
                            !leads && replica.leads() && !replica.versions().isEmpty())
                    .findFirst();
            List<VersionStatus> there = leading.or(() -> own.isEmpty() ? furthest(replicas) : Optional.empty())
                    .map(replica -> replica.versions().stream()
                            .map(status -> status.of(tenant, view.id(), StreamId.of(log.id())))
                            .toList())
                    .orElse(own);
            if (!own.isEmpty()) {
                replicas.add(new ViewReplicas.Replica(
                        node, leads, own.stream().map(ReplicaStatus::of).toList()));
            }
            replicas.sort(Comparator.comparing(ViewReplicas.Replica::node));
            return new WholeView(there, !own.isEmpty(), replicas);
        }

        private static Optional<ViewReplicas.Replica> furthest(List<ViewReplicas.Replica> replicas) {
            return replicas.stream()
                    .max(Comparator.comparingLong(replica -> replica.versions().stream()
                            .mapToLong(ReplicaStatus::position)
                            .max()
                            .orElse(-1)));
        }

        /** The same as it is here, without asking anybody. */
        public WholeView here(View view) {
            List<VersionStatus> own = host.status(view.id());
            return new WholeView(own, !own.isEmpty(), List.of());
        }
    }
}
