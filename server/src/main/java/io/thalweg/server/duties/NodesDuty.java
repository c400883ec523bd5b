package io.thalweg.server.duties;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.directory.Actor;
import io.thalweg.directory.Directory;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the directory of the nodes: whoever leads its shard, once, which nodes there are and where the shards are, by the configuration with which
 * they began; and each node, whenever it differs, where it is reached and where it stands.
 */
public final class NodesDuty {
    private static final Logger LOG = LoggerFactory.getLogger(NodesDuty.class);

    /** How often {@link #step} is called. */
    public static final Duration EVERY = Duration.ofSeconds(1);

    private final Administration administration;
    private final DirectoryClient client;
    private final ClusterNodes configured;
    private final String self;
    private final Map<String, String> labels;
    private final int dataShards;
    private final BooleanSupplier leads;
    private @Nullable ClusterChange refused;

    /**
     * @param configured what the nodes began with
     * @param self id of this node
     * @param labels where this node stands
     * @param dataShards how many shards for data there are, on this node and on others
     * @param leads whether this node leads the directory's shard
     */
    public NodesDuty(
            Administration administration,
            DirectoryClient client,
            ClusterNodes configured,
            String self,
            Map<String, String> labels,
            int dataShards,
            BooleanSupplier leads) {
        this.administration = administration;
        this.client = client;
        this.configured = configured;
        this.self = self;
        this.labels = Map.copyOf(labels);
        this.dataShards = dataShards;
        this.leads = leads;
    }

    /** Tells what the directory does not know yet. */
    public void step() throws InterruptedException {
        Directory directory = administration.directory();
        ClusterState known = directory.cluster();
        if (leads.getAsBoolean() && (known.isKnown() || directory.dataShards() >= dataShards)) {
            if (!known.isKnown()) {
                change(seed(directory.dataShards()));
                return;
            }
            SortedMap<Integer, List<String>> fresh = placement(known, directory.dataShards());
            if (!fresh.isEmpty()) {
                change(new ClusterChange.Place(known.placementVersion(), fresh));
                return;
            }
        }
        NodeRecord before = known.node(self).orElse(null);
        ClusterNode now = configured.node(self).orElseThrow();
        if (before != null && before.state() != State.GONE) {
            NodeRecord said = record(now, labels, before.state());
            if (!said.equals(before)) {
                change(new ClusterChange.PutNode(said));
            }
        }
    }

    private ClusterChange seed(int shards) {
        List<NodeRecord> nodes = new ArrayList<>();
        for (ClusterNode node : configured.nodes()) {
            nodes.add(record(node, node.id().equals(self) ? labels : Map.of(), State.HEALTHY));
        }
        return new ClusterChange.Seed(nodes, placement(ClusterState.NONE, shards));
    }

    /** The shards of which nothing is known yet, where they began. */
    private SortedMap<Integer, List<String>> placement(ClusterState known, int shards) {
        SortedMap<Integer, List<String>> placement = new TreeMap<>();
        for (int shard = 1; shard <= shards; shard++) {
            if (known.wanted(shard).isEmpty()) {
                List<String> holders = configured.holders(shard).stream()
                        .map(ClusterNode::id)
                        .filter(id -> !known.isKnown() || isHealthy(known, id))
                        .toList();
                if (!holders.isEmpty()) {
                    placement.put(shard, holders);
                }
            }
        }
        return placement;
    }

    private static boolean isHealthy(ClusterState known, String id) {
        return known.node(id).filter(node -> node.state() == State.HEALTHY).isPresent();
    }

    private static NodeRecord record(ClusterNode node, Map<String, String> labels, State state) {
        return new NodeRecord(
                node.id(),
                node.peer(),
                node.http().toString(),
                node.agent().map(URI::toString).orElse(""),
                new TreeMap<>(labels),
                state);
    }

    /** What the rules refuse once they refuse for ever, as addresses of a configuration that was made when anything went: that is said once. */
    private void change(ClusterChange change) throws InterruptedException {
        if (change.equals(refused)) {
            return;
        }
        try {
            var _ = Await.reply(
                    client.submit(Reconciler.NOBODY, Actor.operator(), new DirectoryCommand.ChangeCluster(change)));
        } catch (ThalwegException e) {
            if (e.code() != ErrorCode.INVALID_REQUEST) {
                throw e;
            }
            refused = change;
            LOG.error(
                    "the directory does not take what the configuration says of the nodes, and knows none of it until"
                            + " that is mended: {}",
                    e.getMessage());
        }
    }
}
