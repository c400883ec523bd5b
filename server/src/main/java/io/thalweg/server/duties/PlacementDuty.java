package io.thalweg.server.duties;

import io.thalweg.cluster.ClusterNodes;
import io.thalweg.directory.Actor;
import io.thalweg.directory.Directory;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.Shards;
import io.thalweg.shard.Consensus;
import java.time.Duration;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the shards do what the directory decided, where the directory's shard is led: a step waits for the directory to change, for a
 * while, and lets the {@link Reconciler} look at what is pending.
 */
public final class PlacementDuty {
    private static final Logger LOG = LoggerFactory.getLogger(PlacementDuty.class);

    /** How long a decision may lie still that a shard did not carry out at once. */
    private static final Duration AGAIN = Duration.ofMillis(200);

    private final Administration administration;
    private final DirectoryClient client;
    private final Shards shards;
    private final Reconciler reconciler;
    private final int dataShards;
    private final Predicate<ClusterState> mayHaveMore;
    private long seen;
    private boolean hasSaidWhy;

    /**
     * @param dataShards how many shards for data there are, on this node and on others
     * @param mayHaveMore whether a cluster may get shards that it does not have
     */
    public PlacementDuty(
            Administration administration,
            DirectoryClient client,
            Shards shards,
            int dataShards,
            Predicate<ClusterState> mayHaveMore) {
        this.administration = administration;
        this.client = client;
        this.shards = shards;
        this.dataShards = dataShards;
        this.mayHaveMore = mayHaveMore;
        reconciler = new Reconciler(administration::directory, shards::submit, client);
    }

    /** Waits for something to do, and does it. */
    public void step() throws InterruptedException {
        seen = administration.await(seen + 1, AGAIN).version();
        if (shards.numbered(0).role() == Consensus.Role.LEADER) {
            openShards();
            reconciler.step();
        }
    }

    /** Tells the directory of the shards that there are, if it does not know of all of them. */
    public void openShards() throws InterruptedException {
        Directory known = administration.directory();
        if (known.dataShards() >= dataShards) {
            return;
        }
        if (!mayHaveMore.test(known.cluster())) {
            if (!hasSaidWhy) {
                hasSaidWhy = true;
                LOG.warn(
                        "the configuration has {} shards and the cluster {}: it gets more once the cluster.member"
                                + " lines of all nodes list {}, in that order, without cluster.join",
                        dataShards,
                        known.dataShards(),
                        ClusterNodes.healthy(known.cluster()));
            }
        } else {
            var _ = Await.reply(
                    client.submit(Reconciler.NOBODY, Actor.operator(), new DirectoryCommand.OpenShards(dataShards)));
        }
    }
}
