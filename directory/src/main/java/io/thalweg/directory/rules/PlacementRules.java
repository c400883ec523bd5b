package io.thalweg.directory.rules;

import static io.thalweg.directory.rules.Change.requireValid;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.Log;
import io.thalweg.directory.Pending;
import io.thalweg.directory.cluster.ClusterRules;
import io.thalweg.directory.command.DirectoryCommand.ChangeCluster;
import io.thalweg.directory.command.DirectoryCommand.Confirm;
import io.thalweg.directory.command.DirectoryCommand.OpenShards;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which shards there are, and what they have done of what the directory decided.
 *
 * <p>A decision stands under the directory's version that made it until every shard that has a part in it has confirmed its own. Then
 * the log or ledger is its tenant's. A shard that refuses to make something (its identifier had an earlier life there) undoes the
 * decision: what the other shards may have made goes again, by a decision of its own.
 */
final class PlacementRules {
    private PlacementRules() {}

    static void open(Change change, OpenShards command) {
        change.requireOperator();
        int known = change.draft.dataShards();
        requireValid(
                command.dataShards() >= known && command.dataShards() <= Bounds.MAX_DATA_SHARDS,
                "there are " + known + " shards for data, and up to " + Bounds.MAX_DATA_SHARDS + " may be, not "
                        + command.dataShards());
        change.draft.openShards(command.dataShards());
    }

    static void changeCluster(Change change, ChangeCluster command) {
        change.requireOperator();
        change.draft.put(ClusterRules.apply(
                change.draft.cluster(), command.change(), change.version, change.nowNs, change.draft.dataShards()));
    }

    static void confirm(Change change, Confirm command) {
        change.requireOperator();
        for (long version : command.done()) {
            Pending decision = part(change, version, command.shard());
            if (decision != null) {
                Pending rest = decision.confirmed(command.shard());
                if (rest.done()) {
                    change.draft.settle(rest);
                } else {
                    change.draft.put(rest);
                }
            }
        }
        Pending refused = part(change, command.refused(), command.shard());
        if (refused != null) {
            change.draft.cancel(refused);
            Log log = refused.log();
            if (log != null && log.partitions() > 1) {
                change.draft.put(Pending.drop(change.version, refused.tenant(), List.of(log), List.of()));
            }
        }
    }

    /** The decision of a version, if this shard has not confirmed its part in it. */
    private static @Nullable Pending part(Change change, long version, int shard) {
        Pending decision = change.draft.pending(version);
        return decision == null || decision.wants(shard).isEmpty() ? null : decision;
    }
}
