package io.thalweg.server.duties;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.plan.Plan;
import io.thalweg.cluster.plan.Planner;
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
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the directory of the nodes: whoever leads its shard, once, which nodes there are and where the shards are, by the configuration with which
 * they began, and where shards had better be once it is known where those nodes stand; and each node, whenever it differs, where it is reached and where it stands.
 */
public final class NodesDuty {
    private static final Logger LOG = LoggerFactory.getLogger(NodesDuty.class);

    /** How often {@link #step} is called. */
    public static final Duration EVERY = Duration.ofSeconds(1);

    /** How long after the beginning of a cluster there is little to copy. */
    private static final Duration BEGINNING = Duration.ofMinutes(10);

    private final Administration administration;
    private final DirectoryClient client;
    private final ClusterNodes configured;
    private final String self;
    private final Map<String, String> labels;
    private final int dataShards;
    private final BooleanSupplier leads;
    private final Supplier<Set<String>> answering;
    private @Nullable ClusterChange refused;

    /** The version of the placement that this node told of when the cluster began; 0 when it did not, or is done with that. */
    private long begunAt;

    private long begunNs;

    /**
     * @param configured what the nodes began with
     * @param self id of this node
     * @param labels where this node stands
     * @param dataShards how many shards for data there are, on this node and on others
     * @param leads whether this node leads the directory's shard
     * @param answering the nodes that answer at the moment
     */
    public NodesDuty(
            Administration administration,
            DirectoryClient client,
            ClusterNodes configured,
            String self,
            Map<String, String> labels,
            int dataShards,
            BooleanSupplier leads,
            Supplier<Set<String>> answering) {
        this.administration = administration;
        this.client = client;
        this.configured = configured;
        this.self = self;
        this.labels = Map.copyOf(labels);
        this.dataShards = dataShards;
        this.leads = leads;
        this.answering = answering;
    }

    /** Tells what the directory does not know yet. */
    public void step() throws InterruptedException {
        Directory directory = administration.directory();
        ClusterState known = directory.cluster();
        if (leads.getAsBoolean() && (known.isKnown() || directory.dataShards() >= dataShards)) {
            if (!known.isKnown()) {
                begunAt = change(seed(directory.dataShards()));
                begunNs = System.nanoTime();
                return;
            }
            if (setApart(known)) {
                return;
            }
            SortedMap<Integer, List<String>> fresh = placement(known, directory.dataShards());
            if (!fresh.isEmpty()) {
                var _ = change(new ClusterChange.Place(known.placementVersion(), fresh));
                return;
            }
        }
        NodeRecord before = known.node(self).orElse(null);
        ClusterNode now = configured.node(self).orElseThrow();
        if (before != null && before.state() != State.GONE) {
            NodeRecord said = record(now, labels, before.state());
            if (!said.equals(before)) {
                var _ = change(new ClusterChange.PutNode(said));
            }
        }
    }

    /**
     * A cluster begins before anybody has said where its nodes stand. Once all of them have, replicas that share a label that they need not are set apart, once, while
     * there is little to copy; whatever is placed later is for operators.
     */
    private boolean setApart(ClusterState known) throws InterruptedException {
        if (begunAt == 0) {
            return false;
        }
        if (known.placementVersion() != begunAt || known.held() || System.nanoTime() - begunNs > BEGINNING.toNanos()) {
            begunAt = 0;
            return false;
        }
        Set<String> there = answering.get();
        if (known.present().stream().anyMatch(node -> node.labels().isEmpty() || !there.contains(node.id()))) {
            return false;
        }
        begunAt = 0;
        Plan plan = Planner.rebalance(known, there, Map.of());
        if (plan.steps().isEmpty()) {
            return false;
        }
        LOG.info("all nodes have said where they stand: replicas of shards are set apart, {}", plan.placement());
        return change(plan.change()) != 0;
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

    /**
     * What the rules refuse once they refuse for ever, as addresses of a configuration that was made when anything went: that is said once.
     *
     * @return the directory's version with the change; 0 when it was refused
     */
    private long change(ClusterChange change) throws InterruptedException {
        if (change.equals(refused)) {
            return 0;
        }
        try {
            return Await.reply(client.submit(
                            Reconciler.NOBODY, Actor.operator(), new DirectoryCommand.ChangeCluster(change)))
                    .version();
        } catch (ThalwegException e) {
            if (e.code() != ErrorCode.INVALID_REQUEST) {
                throw e;
            }
            refused = change;
            LOG.error(
                    "the directory does not take what the configuration says of the nodes, and knows none of it until"
                            + " that is mended: {}",
                    e.getMessage());
            return 0;
        }
    }
}
