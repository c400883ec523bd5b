package io.thalweg.server.http.cluster;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.peer.PeerRoad;
import io.thalweg.server.peer.PeerStatus;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Shards;
import io.thalweg.shard.Consensus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as an operator sees it, from whichever node is asked: it asks the others, and says of who does not answer that it is
 * unavailable. And the transfer of a shard's leadership.
 */
public final class ClusterRoutes {
    private static final String TAG = "cluster";

    private final Supplier<Datastore> here;
    private final List<HostedShard> open;
    private final Optional<Supplier<ClusterNodes>> nodes;
    private final Optional<PeerRoad> wire;
    private final Shards shards;
    private final Supplier<String> url;

    /**
     * @param here what this node says about itself
     * @param open the shards whose files are open here, as of each look
     * @param nodes of the cluster; empty for a node alone
     * @param wire to the others
     * @param url where this node takes requests
     */
    public ClusterRoutes(
            Supplier<Datastore> here,
            List<HostedShard> open,
            Optional<Supplier<ClusterNodes>> nodes,
            Optional<PeerRoad> wire,
            Shards shards,
            Supplier<String> url) {
        this.here = here;
        this.open = open;
        this.nodes = nodes;
        this.wire = wire;
        this.shards = shards;
        this.url = url;
    }

    /** Every route of the cluster. */
    public List<Route> routes() {
        return List.of(
                Route.get("/operator/cluster")
                        .by(Access.OPERATOR)
                        .named("get_cluster", TAG, "Nodes, shards, who leads what and who lags behind.")
                        .answers(200, "The cluster as this node sees it now.", "Cluster")
                        .to(call -> call.reply(200, cluster())),
                Route.post("/operator/cluster/transfer")
                        .by(Access.OPERATOR)
                        .named("transfer_leadership", TAG, "Have another node lead a shard.")
                        .takes(MediaTypes.JSON, "LeadershipTransfer")
                        .answers(200, "It leads now.", "LeadershipTransfer")
                        .refuses(
                                503, "The shard has no leader at the moment, or the other could not take over in time.")
                        .to(this::transfer));
    }

    record Labels(
            @Nullable String host,
            @Nullable String rack,
            @Nullable String site) {}

    record NodeView(
            String nodeId,
            String status,
            String http,
            Labels labels,
            @Nullable String version) {}

    record ReplicaView(
            String nodeId,
            String role,
            String commitOffset,
            @Nullable String lag,
            @Nullable String bytes) {}

    record ShardView(int shard, @Nullable String leader, List<ReplicaView> replicas) {}

    record Move(int shard, @Nullable String from, @Nullable String to) {}

    record ClusterView(
            String clusterId, String version, List<NodeView> nodes, List<ShardView> shards, List<Move> moves) {}

    private ClusterView cluster() {
        Datastore own = here.get();
        Map<String, PeerStatus> known = new HashMap<>();
        known.put(own.nodeId(), PeerStatus.of(own, open, Map.of(), List.of()));
        others(own.nodeId()).forEach(status -> known.put(status.nodeId(), status));
        List<NodeView> views = new ArrayList<>();
        if (nodes.isEmpty()) {
            views.add(view(own.nodeId(), url.get(), known.get(own.nodeId())));
        } else {
            for (ClusterNode node : nodes.get().get().nodes()) {
                views.add(view(node.id(), node.http().toString(), known.get(node.id())));
            }
        }
        List<ShardView> all = shards(views, known);
        return new ClusterView(own.clusterId().toString(), own.version(), views, all, moves(all));
    }

    private List<PeerStatus> others(String self) {
        if (nodes.isEmpty() || wire.isEmpty()) {
            return List.of();
        }
        List<CompletableFuture<Optional<PeerStatus>>> asked = nodes.get().get().nodes().stream()
                .filter(node -> !node.id().equals(self))
                .map(node -> wire.get().status(node).thenApply(Optional::of).exceptionally(_ -> Optional.empty()))
                .toList();
        return asked.stream()
                .map(CompletableFuture::join)
                .flatMap(Optional::stream)
                .toList();
    }

    private static NodeView view(String id, String http, @Nullable PeerStatus status) {
        if (status == null) {
            return new NodeView(id, text(NodeStatus.UNAVAILABLE), http, new Labels(null, null, null), null);
        }
        Map<String, String> labels = status.labels();
        return new NodeView(
                id,
                text(status.status()),
                http,
                new Labels(labels.get("host"), labels.get("rack"), labels.get("site")),
                status.version());
    }

    private static String text(NodeStatus status) {
        return status.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** All that there are, also those of which nobody says anything: they are the ones to look for. */
    private List<ShardView> shards(List<NodeView> views, Map<String, PeerStatus> known) {
        Map<Integer, List<ReplicaView>> replicas = new TreeMap<>();
        for (int shard = 0; nodes.isPresent() && shard <= shards.dataShards(); shard++) {
            replicas.put(shard, new ArrayList<>());
        }
        for (NodeView node : views) {
            PeerStatus status = known.get(node.nodeId());
            for (PeerStatus.Replica replica : status == null ? List.<PeerStatus.Replica>of() : status.shards()) {
                replicas.computeIfAbsent(replica.shard(), _ -> new ArrayList<>())
                        .add(new ReplicaView(
                                node.nodeId(), replica.role(), replica.commitOffset(), replica.lag(), replica.bytes()));
            }
        }
        List<ShardView> all = new ArrayList<>();
        replicas.forEach((shard, of) -> all.add(new ShardView(
                shard,
                of.stream()
                        .filter(replica -> replica.role().equals("primary"))
                        .map(ReplicaView::nodeId)
                        .findFirst()
                        .orElse(null),
                of)));
        return all;
    }

    /** What is wanted and not yet so. */
    private List<Move> moves(List<ShardView> all) {
        List<Move> moves = new ArrayList<>();
        if (nodes.isPresent()) {
            for (ShardView shard : all) {
                List<String> wanted = nodes.get().get().holders(shard.shard()).stream()
                        .map(ClusterNode::id)
                        .toList();
                List<String> there = shard.replicas().stream()
                        .filter(replica -> isWhole(replica.role()) || !wanted.contains(replica.nodeId()))
                        .map(ReplicaView::nodeId)
                        .toList();
                List<String> come =
                        wanted.stream().filter(id -> !there.contains(id)).toList();
                List<String> go =
                        there.stream().filter(id -> !wanted.contains(id)).toList();
                // A node that is wanted and away is no move; it is shown as unavailable.
                for (int i = 0; i < go.size(); i++) {
                    moves.add(new Move(shard.shard(), go.get(i), i < come.size() ? come.get(i) : null));
                }
            }
        }
        return moves;
    }

    private static boolean isWhole(String role) {
        return role.equals("primary") || role.equals(PeerStatus.FOLLOWS);
    }

    record LeadershipTransfer(
            @Nullable Integer shard, @Nullable String node) {}

    private void transfer(Call call) throws InterruptedException {
        LeadershipTransfer wanted = call.strictJson(LeadershipTransfer.class);
        Integer number = wanted.shard();
        if (number == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'shard' is missing");
        }
        transfer(number, Json.required("node", wanted.node()));
        call.reply(200, wanted);
    }

    /** Has another node lead a shard, and waits until it does. */
    void transfer(int number, String node) throws InterruptedException {
        if (number < 0 || number > shards.dataShards()) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "'shard' is " + number + ", expected 0 to " + shards.dataShards());
        }
        Optional<HostedShard> home = home(number);
        if (nodes.isEmpty() || home.filter(here -> here.group().isEmpty()).isPresent()) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "the shard has one replica, and so one leader");
        }
        if (nodes.get().get().node(node).isEmpty()) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'node' is no node of the cluster");
        }
        if (home.filter(here -> here.shard().role() == Consensus.Role.LEADER).isPresent()) {
            Await.reply(home.get().shard().transferLeadership(node));
            return;
        }
        ClusterNode leader = leader(number)
                .flatMap(nodes.get().get()::node)
                .orElseThrow(() ->
                        new ThalwegException(ErrorCode.NOT_LEADER, "the shard has no leader at the moment: ask again"));
        Await.reply(wire.orElseThrow().transfer(leader, number, node));
    }

    private Optional<HostedShard> home(int number) {
        return shards.hosted().stream().filter(home -> home.number() == number).findFirst();
    }

    /** Who leads a shard, as far as this node knows. */
    Optional<String> leader(int number) {
        return home(number).map(home -> home.shard().standing().leader()).orElseGet(() -> shards.leader(number));
    }

    /** Whether a node leads a shard, as far as this one knows. */
    boolean leads(int number, String node) {
        return leader(number).filter(node::equals).isPresent();
    }
}
