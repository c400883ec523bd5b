package io.thalweg.server.http.cluster;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.directory.Log;
import io.thalweg.directory.View;
import io.thalweg.server.http.Call;
import io.thalweg.server.peer.PeerWatch;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Says which node should answer a call, from what its path names and from placement. Thread-safe. */
final class CallRouting {
    private static final String JAVA_VIEW = "/views/{view}";

    private final Supplier<ClusterNodes> nodes;
    private final String self;
    private final List<HostedShard> hosted;
    private final PeerWatch watch;

    CallRouting(Supplier<ClusterNodes> nodes, String self, List<HostedShard> hosted, PeerWatch watch) {
        this.nodes = nodes;
        this.self = self;
        this.hosted = hosted;
        this.watch = watch;
    }

    /**
     * What a call needs that is not here.
     *
     * @param shards a node that answers has all of them
     * @param leads whether only the leader can answer; of one shard then
     */
    record Wanted(Set<Integer> shards, boolean leads) {
        Wanted {
            shards = Set.copyOf(shards);
        }
    }

    /** Empty when the call is this node's to try. */
    Optional<Wanted> wanted(Call call) {
        if (!call.hasPrincipal()) {
            return Optional.empty();
        }
        if (call.route().template().startsWith(JAVA_VIEW)) {
            return javaView(call);
        }
        Set<Integer> shards = new LinkedHashSet<>();
        if (call.route().pathParameters().contains("log_id")) {
            shards.addAll(call.log().shards());
        }
        if (call.route().pathParameters().contains("ledger_id")) {
            shards.add(call.ledger().shard());
        }
        // Who has none of a log that is on several nodes may still have the part that is asked for.
        return shards.stream().allMatch(this::isHere)
                        || candidates(new Wanted(shards, false)).isEmpty()
                ? Optional.empty()
                : Optional.of(new Wanted(shards, false));
    }

    /** A view in Java runs where its steps are ordered; one that is not there yet can be made anywhere. Some questions are for any replica. */
    private Optional<Wanted> javaView(Call call) {
        Optional<Integer> shard = call.tenant()
                .javaView(call.path("view"))
                .map(View::log)
                .flatMap(call.tenant()::log)
                .map(Log::shards)
                .map(List::getFirst);
        boolean stale =
                call.route().replicasMayAnswer() && "stale".equals(call.query().text("consistency"));
        // One who is as far as is asked for answers, too; he looks himself whether he is.
        boolean maybe = stale
                || (call.route().replicasMayAnswer()
                        && call.query().has("after")
                        && !call.query().has("consistency"));
        return shard.filter(number -> maybe ? !isHere(number) : !leads(number))
                .map(number -> new Wanted(Set.of(number), !stale));
    }

    private boolean isHere(int shard) {
        return hosted.stream().anyMatch(home -> home.number() == shard);
    }

    private boolean leads(int shard) {
        return hosted.stream()
                .anyMatch(home -> home.number() == shard && home.shard().role() == Consensus.Role.LEADER);
    }

    /** Who leads a shard, as far as this node knows. */
    private Optional<String> leader(int shard) {
        return hosted.stream()
                .filter(home -> home.number() == shard)
                .findFirst()
                .map(home -> home.shard().standing().leader())
                .orElseGet(() -> watch.leader(shard));
    }

    /** Nodes that may answer, the best first: who leads and answered of late, who answered of late, who else has a replica. */
    List<ClusterNode> candidates(Wanted wanted) {
        List<ClusterNode> first = new ArrayList<>();
        List<ClusterNode> then = new ArrayList<>();
        List<ClusterNode> last = new ArrayList<>();
        ClusterNodes all = nodes.get();
        for (ClusterNode node : all.nodes()) {
            // Who leads may be about to give its replica up, and is wanted no more.
            boolean has = wanted.shards.stream()
                    .allMatch(shard -> all.holders(shard).contains(node)
                            || leader(shard).filter(node.id()::equals).isPresent());
            if (!has || node.id().equals(self)) {
                continue;
            }
            boolean leads = wanted.shards.stream()
                    .anyMatch(shard -> leader(shard).filter(node.id()::equals).isPresent());
            boolean heard = watch.status(node.id()).isPresent();
            if (wanted.leads) {
                if (leads) {
                    first.add(node);
                }
            } else {
                (!heard ? last : leads ? first : then).add(node);
            }
        }
        first.addAll(then);
        first.addAll(last);
        return first;
    }
}
