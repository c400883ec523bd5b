package io.thalweg.server;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.Roster;
import io.thalweg.cluster.forward.RemoteOrder;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.clock.Clock;
import io.thalweg.raft.RatisConsensus;
import io.thalweg.raft.RatisNode;
import io.thalweg.raft.RatisOptions;
import io.thalweg.raft.peer.Member;
import io.thalweg.raft.peer.MutualTls;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.PeerTls;
import io.thalweg.server.duties.Duty;
import io.thalweg.server.http.PemFiles;
import io.thalweg.server.http.cluster.PassedCalls;
import io.thalweg.server.peer.PeerAnswers;
import io.thalweg.server.peer.PeerPlaces;
import io.thalweg.server.peer.PeerReplicas;
import io.thalweg.server.peer.PeerRoad;
import io.thalweg.server.peer.PeerStatus;
import io.thalweg.server.peer.PeerViews;
import io.thalweg.server.peer.PeerWatch;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.views.ViewReplicas;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * The other nodes of the cluster, as this one reaches them and is reached by them.
 *
 * @param nodes who they are
 * @param ratis the port between nodes, with all that goes over it
 * @param answers what the others are answered
 * @param road what they are asked
 * @param watch what they said about themselves of late
 * @param places where they are
 * @param remote to the shards that only they have
 */
record Peers(
        Roster nodes,
        RatisNode ratis,
        PeerAnswers answers,
        PeerRoad road,
        PeerWatch watch,
        PeerPlaces places,
        Shards.Remote remote)
        implements AutoCloseable {
    /** How long a request waits before it looks for a leader again. */
    private static final long AGAIN_MS = 50;

    /** How long a leader may take to say who is in its group. */
    private static final long MEMBERS_SECONDS_MAX = 10;

    private record RemoteShards(RemoteOrder order, Supplier<ClusterNodes> nodes, PeerWatch watch)
            implements Shards.Remote {
        @Override
        public CompletableFuture<Reply> submit(int shard, Request request) {
            boolean full = request.operation().stores()
                    && watch.leader(shard)
                            .filter(leader -> isFull(watch, leader))
                            .isPresent();
            if (full) {
                return CompletableFuture.completedFuture(new Reply.Refused(ErrorCode.DISK_FULL, Shard.DISK_FULL));
            }
            return order.submit(shard, request);
        }

        @Override
        public boolean goesWith(int shard, int other) {
            ClusterNodes all = nodes.get();
            return all.holders(other).containsAll(all.holders(shard));
        }

        @Override
        public Optional<String> leader(int shard) {
            return watch.leader(shard);
        }

        @Override
        public long storedBytes(TenantId tenant) {
            return watch.storedBytes(tenant);
        }
    }

    /** The way to the indexes of views in Java on the other nodes. */
    PeerReplicas replicas(String here) {
        return new PeerReplicas(nodes, here, road, watch);
    }

    /** The way to the views of components on the other nodes. */
    ViewReplicas views(String here) {
        return new PeerViews(nodes, here, road, watch);
    }

    /** Opens the port; nobody is answered anything but Raft before {@link PeerAnswers#serve}. */
    static Peers open(NodeOptions options, ClusterNodes configured, Clock clock) throws IOException {
        String self = options.id();
        Roster nodes = new Roster(configured);
        PeerAnswers answers = new PeerAnswers();
        Member member = configured.node(self).orElseThrow().member();
        String host = options.peerHost();
        RatisNode ratis = RatisNode.open(
                RatisOptions.listening(member)
                        .withHost(host == null ? member.host() : host)
                        .withClock(clock)
                        .withCopyBandwidth(options.copyBytesPerSecond())
                        .withTls(options.membership()
                                .tls()
                                .map(tls -> new MutualTls(
                                        tls.files().certificate(), tls.files().key(), tls.authority()))),
                answers);
        PeerRoad road = new PeerRoad(nodes, ratis);
        PeerWatch watch = new PeerWatch(nodes, self, road::status, clock::monotonicNs);
        RemoteOrder remote = new RemoteOrder(
                road,
                shard -> mayLead(nodes, watch, shard),
                CompletableFuture.delayedExecutor(AGAIN_MS, TimeUnit.MILLISECONDS),
                clock);
        return new Peers(
                nodes,
                ratis,
                answers,
                road,
                watch,
                new PeerPlaces(nodes, self, ratis),
                new RemoteShards(remote, nodes, watch));
    }

    private static List<String> mayLead(Supplier<ClusterNodes> nodes, PeerWatch watch, int shard) {
        List<String> all = new ArrayList<>();
        watch.leader(shard).ifPresent(all::add);
        nodes.get().holders(shard).stream()
                .map(ClusterNode::id)
                .filter(id -> !all.contains(id))
                .forEach(all::add);
        return all;
    }

    /** Whether a node said of late that its disk is full. */
    boolean isFull(String node) {
        return isFull(watch, node);
    }

    private static boolean isFull(PeerWatch watch, String node) {
        return watch.status(node).filter(PeerStatus::diskFull).isPresent();
    }

    /** Another member of a shard's group that said of late that it is well and has room. */
    Optional<String> withRoom(int shard) {
        List<String> members = ratis.group(shard).map(RatisConsensus::members).orElse(List.of()).stream()
                .map(Member::id)
                .toList();
        return watch.withRoom(members).stream()
                .filter(id -> isCurrent(id, shard))
                .findFirst();
    }

    /** The way of calls that this node cannot answer. */
    PassedCalls detour(NodeOptions options, Shards shards, Administration administration, NodeSecrets secrets)
            throws IOException {
        return PassedCalls.open(
                nodes,
                options.id(),
                shards.hosted(),
                watch,
                administration,
                secrets.clusterKey().orElseThrow(),
                trust(options));
    }

    /** Whoever {@code peer.ca} signed is believed where nodes take requests, too, beside those whom this machine believes. */
    private static Optional<SSLContext> trust(NodeOptions options) throws IOException {
        Optional<PeerTls> tls = options.membership().tls();
        return tls.isEmpty()
                ? Optional.empty()
                : Optional.of(PemFiles.trusting(tls.get().authority()));
    }

    /** Who is in a shard's group; {@code NOT_LEADER} unless this node surely leads it. */
    CompletableFuture<List<String>> members(List<HostedShard> open, int shard) {
        HostedShard home = open.stream()
                .filter(each -> each.number() == shard)
                .findFirst()
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.NOT_LEADER, "this node has no replica of shard " + shard + ", or not yet"));
        long term = home.shard().standing().term();
        List<String> before = settled(shard);
        // Whoever has been overtaken by a later leader cannot order anything, and must not answer; and what is ordered
        // now is committed after the membership that stood before.
        return home.shard().barrier().thenApply(_ -> {
            Consensus.Standing now = home.shard().standing();
            if (now.role() != Consensus.Role.LEADER
                    || now.term() != term
                    || !settled(shard).equals(before)) {
                throw new ThalwegException(
                        ErrorCode.NOT_LEADER, "this node does not lead shard " + shard + ", or its group changes");
            }
            return before;
        });
    }

    /** The same from whoever leads the shard, as far as this node knows who that is; does not block. */
    CompletableFuture<List<String>> membersByLeader(List<HostedShard> open, int shard) {
        Optional<ClusterNode> leader = watch.leader(shard).flatMap(nodes.get()::node);
        boolean here = open.stream()
                .anyMatch(home -> home.number() == shard && home.shard().role() == Consensus.Role.LEADER);
        return here || leader.isEmpty() ? members(open, shard) : road.members(leader.get(), shard);
    }

    /** The same from whoever leads the shard; empty when nobody surely does. Blocks. */
    Optional<List<String>> membersOf(List<HostedShard> open, int shard) throws InterruptedException {
        boolean here = open.stream()
                .anyMatch(home -> home.number() == shard && home.shard().role() == Consensus.Role.LEADER);
        Optional<ClusterNode> leader = watch.leader(shard).flatMap(nodes.get()::node);
        if (!here && leader.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of((here ? members(open, shard) : road.members(leader.orElseThrow(), shard))
                    .get(MEMBERS_SECONDS_MAX, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException | ThalwegException e) {
            return Optional.empty();
        }
    }

    private List<String> settled(int shard) {
        return ratis
                .group(shard)
                .flatMap(RatisConsensus::settled)
                .orElseThrow(
                        () -> new ThalwegException(ErrorCode.NOT_LEADER, "the group of shard " + shard + " changes"))
                .stream()
                .map(Member::id)
                .toList();
    }

    /** Hears the others, and shares tenants' limits with them. */
    Duty watching(RateLimits rates) {
        return new Duty("peer watch", PeerWatch.EVERY, Duty.always(), () -> {
            watch.step();
            var _ = rates.measure();
            rates.others(watch.callsPerSecond());
        });
    }

    /** Completes when the other nodes that are well know a version of the directory, or did not say so soon. */
    CompletableFuture<Void> know(long version) {
        return CompletableFuture.allOf(watch.well().stream()
                .map(node -> CompletableFuture.completedFuture(node)
                        .thenCompose(asked -> road.directory(asked, version))
                        .exceptionally(_ -> {
                            watch.lags(node.id());
                            return null;
                        }))
                .toArray(CompletableFuture<?>[]::new));
    }

    /** What tenants use here that have limits for the whole cluster. */
    static List<PeerStatus.TenantUse> use(RateLimits rates, Shards shards, Administration administration) {
        Map<TenantId, Double> calls = rates.measured();
        return administration.directory().tenants().stream()
                .filter(tenant ->
                        calls.containsKey(tenant.id()) || tenant.limits().storageBytes() != Long.MAX_VALUE)
                .map(tenant -> new PeerStatus.TenantUse(
                        tenant.id().toString(),
                        Long.toString(shards.ledBytes(tenant.id())),
                        calls.getOrDefault(tenant.id(), 0.0)))
                .toList();
    }

    @Override
    public void close() {
        ratis.close();
    }

    /**
     * Whether the group of a shard can do without this node's replica until a copy of another has taken its place: all the others said of late that theirs
     * have what the group has.
     *
     * @param members of the group, with this node or without
     */
    boolean canSpare(int shard, List<String> members, String self) {
        return members.stream().allMatch(member -> member.equals(self) || isCurrent(member, shard));
    }

    private boolean isCurrent(String node, int shard) {
        return watch.status(node)
                .filter(status ->
                        status.shards().stream().anyMatch(replica -> replica.shard() == shard && replica.isCurrent()))
                .isPresent();
    }
}
