package io.thalweg.directory.cluster;

import io.thalweg.directory.cluster.ClusterState.JoinToken;
import io.thalweg.directory.cluster.ClusterState.Trail;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a change makes of a cluster, or why it is refused: {@code INVALID_REQUEST} for what can never be, {@code ALREADY_EXISTS} for what was
 * overtaken (a name that is used up, a placement that is another by now), {@code NOT_FOUND}, {@code QUOTA_EXCEEDED}, {@code FORBIDDEN}.
 *
 * <p>Of each shard at most one replica comes and one goes in a change, so that most of its group is always of those who were in it before.
 */
public final class ClusterRules {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");
    private static final Set<String> LABELS = Set.of("host", "rack", "site");

    /** Strict, because what is in an order is there for good, and every node makes an address of it. */
    private static final String HOST = "(?:\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9][A-Za-z0-9._-]{0,252})";

    private static final Pattern PEER = Pattern.compile(HOST + ":([0-9]{1,5})");
    private static final Pattern URL =
            Pattern.compile("https?://" + HOST + "(?::([0-9]{1,5}))?(?:/[A-Za-z0-9._~/-]{0,255})?");
    private static final int PORT_MAX = 65_535;
    private static final int TEXT_MAX = 512;
    private static final long TOKEN_NS_MAX = 7L * 24 * 3600 * 1_000_000_000;

    /** Of a line of the trail; what is longer is cut. */
    private static final int WORDS_MAX = 2_000;

    private final ClusterState before;
    private final long version;
    private final int dataShards;

    private ClusterRules(ClusterState before, long version, int dataShards) {
        this.before = before;
        this.version = version;
        this.dataShards = dataShards;
    }

    /**
     * What becomes of a cluster by a change.
     *
     * @param version the directory's, with the change
     * @param nowNs when the change was ordered, nanoseconds since 1970
     * @param dataShards how many shards for data there are
     * @throws ThalwegException when it is refused
     */
    public static ClusterState apply(
            ClusterState before, ClusterChange change, long version, long nowNs, int dataShards) {
        ClusterRules rules = new ClusterRules(before, version, dataShards);
        ClusterState after = switch (change) {
            case ClusterChange.Seed seed -> rules.seed(seed);
            case ClusterChange.PutNode put -> rules.put(put.node());
            case ClusterChange.ChangeState to -> rules.change(to.node(), to.state());
            case ClusterChange.Place place -> rules.place(place);
            case ClusterChange.Hold hold -> rules.hold(hold.held());
            case ClusterChange.Raise raise -> rules.raise(raise.version());
            case ClusterChange.PutToken token -> rules.token(token, nowNs);
            case ClusterChange.Join join -> rules.join(join, nowNs);
        };
        List<Trail> trail = new ArrayList<>(before.trail());
        trail.add(new Trail(version, nowNs, cut(words(before, change))));
        int over = Math.max(0, trail.size() - ClusterState.TRAIL_MAX);
        return new ClusterState(
                after.nodes(),
                after.placement(),
                after.placementVersion(),
                after.held(),
                trail.subList(over, trail.size()),
                after.version(),
                after.tokens().stream()
                        .filter(token -> token.expiresNs() > nowNs)
                        .toList());
    }

    /** With what most changes leave as it is. */
    private ClusterState state(
            List<NodeRecord> nodes, SortedMap<Integer, List<String>> placement, long placementVersion, boolean held) {
        return new ClusterState(nodes, placement, placementVersion, held, List.of(), before.version(), before.tokens());
    }

    private ClusterState with(int version, List<JoinToken> tokens) {
        return new ClusterState(
                before.nodes(),
                before.placement(),
                before.placementVersion(),
                before.held(),
                List.of(),
                version,
                tokens);
    }

    private ClusterState raise(int to) {
        requireKnown();
        require(to >= 1, "version " + to + " is none");
        if (to > ClusterState.VERSION_NEWEST) {
            // Others take it, and go on with what this program cannot read: to refuse it would be to go another way.
            throw new IllegalStateException("the cluster has version " + to
                    + " from here on, and this program knows those up to " + ClusterState.VERSION_NEWEST);
        }
        if (to <= before.version()) {
            throw overtaken("the cluster has version " + before.version() + " already");
        }
        return with(to, before.tokens());
    }

    private void requireVersion(int needed) {
        require(
                before.version() >= needed,
                "the cluster has version " + before.version() + ", and this needs " + needed
                        + ": there are nodes that do not know it, or did not answer since the others do");
    }

    private ClusterState token(ClusterChange.PutToken token, long nowNs) {
        requireKnown();
        requireVersion(1);
        require(ID.matcher(token.node()).matches(), "a node's id is 1 to 100 letters, digits, _ or -");
        requireMayJoin(token.node());
        require(
                token.expiresNs() > nowNs && token.expiresNs() - nowNs <= TOKEN_NS_MAX,
                "a token is good for at most seven days");
        List<JoinToken> tokens = new ArrayList<>(before.tokens().stream()
                .filter(other -> other.expiresNs() > nowNs && !other.node().equals(token.node()))
                .toList());
        if (tokens.size() >= ClusterState.TOKENS_MAX) {
            throw new ThalwegException(
                    ErrorCode.QUOTA_EXCEEDED, "there are " + ClusterState.TOKENS_MAX + " tokens, and may be no more");
        }
        tokens.add(new JoinToken(token.node(), token.secret(), token.expiresNs()));
        return with(before.version(), tokens);
    }

    /** Nobody takes an address of one that is there. */
    private void requireMayJoin(String id) {
        NodeRecord known = before.node(id).orElse(null);
        if (known != null && known.state() != State.JOINING) {
            throw overtaken("node " + id + " is " + known.state() + ", and its name is used up: take another one");
        }
    }

    private ClusterState join(ClusterChange.Join join, long nowNs) {
        requireKnown();
        requireVersion(1);
        NodeRecord node = join.node();
        JoinToken shown = before.tokens().stream()
                .filter(token -> token.secret().matches(join.secret()))
                .filter(token -> token.node().equals(node.id()) && token.expiresNs() > nowNs)
                .findFirst()
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.FORBIDDEN, "the token is none for node " + node.id() + ", was used, or is too old"));
        requireMayJoin(node.id());
        ClusterState after = put(node);
        return new ClusterState(
                after.nodes(),
                after.placement(),
                after.placementVersion(),
                after.held(),
                List.of(),
                after.version(),
                after.tokens().stream().filter(token -> !token.equals(shown)).toList());
    }

    private ClusterState seed(ClusterChange.Seed seed) {
        if (before.isKnown()) {
            throw overtaken("the cluster has its nodes already");
        }
        Set<String> ids = new HashSet<>();
        Set<String> peers = new HashSet<>();
        for (NodeRecord node : seed.nodes()) {
            requireWellFormed(node);
            require(node.state() == State.HEALTHY, "node " + node.id() + " begins as " + node.state());
            require(ids.add(node.id()) && peers.add(node.peer()), "node " + node.id() + " is there twice");
        }
        require(
                !ids.isEmpty() && ids.size() <= ClusterState.NODES_MAX,
                "a cluster of " + ids.size() + " nodes, expected 1 to " + ClusterState.NODES_MAX);
        seed.placement().forEach((shard, nodes) -> {
            requireShard(shard);
            requireReplicas(shard, nodes);
            require(ids.containsAll(nodes), "shard " + shard + " is on a node that is not there");
        });
        return state(seed.nodes(), seed.placement(), version, false);
    }

    private ClusterState put(NodeRecord node) {
        requireKnown();
        requireWellFormed(node);
        NodeRecord known = before.node(node.id()).orElse(null);
        if (before.present().stream()
                .anyMatch(other -> !other.id().equals(node.id()) && other.peer().equals(node.peer()))) {
            throw overtaken("another node is at " + node.peer());
        }
        if (known != null) {
            if (known.state() == State.GONE) {
                throw overtaken("node " + node.id() + " is gone, and its name is used up: take another one");
            }
            return with(node.in(known.state()), before.placementVersion());
        }
        require(node.state() == State.JOINING, "a new node is " + State.JOINING);
        int most = before.version() < ClusterState.VERSION_OF_NINE
                ? ClusterState.NODES_MAX_OF_OLD
                : ClusterState.NODES_MAX;
        if (before.present().size() >= most) {
            throw new ThalwegException(
                    ErrorCode.QUOTA_EXCEEDED,
                    "there are " + before.present().size() + " nodes, and while the cluster has version "
                            + before.version() + " there may be no more than " + most);
        }
        if (before.nodes().size() >= ClusterState.RECORDS_MAX) {
            throw new ThalwegException(
                    ErrorCode.QUOTA_EXCEEDED, "there were " + ClusterState.RECORDS_MAX + " nodes, and may be no more");
        }
        return with(node, version);
    }

    private ClusterState change(String id, State to) {
        NodeRecord node = node(id);
        State from = node.state();
        boolean possible = switch (to) {
            case JOINING -> false;
            case HEALTHY -> from == State.JOINING || from == State.LEAVING;
            case LEAVING -> from == State.JOINING || from == State.HEALTHY;
            case GONE -> from == State.LEAVING;
        };
        require(possible, "node " + id + " is " + from + " and cannot be " + to + " next");
        if (to == State.LEAVING) {
            require(
                    before.present().stream()
                            .anyMatch(other -> other.state() == State.HEALTHY
                                    && !other.id().equals(id)),
                    "no other node of the cluster would stay");
        }
        if (to == State.GONE && before.holdsData(id)) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "node " + id + " still has replicas of shards: move them first");
        }
        return with(node.in(to), version);
    }

    private ClusterState place(ClusterChange.Place place) {
        requireKnown();
        if (place.basedOn() != before.placementVersion()) {
            throw overtaken("placement was changed at version " + before.placementVersion()
                    + ", and this change was made from version " + place.basedOn() + ": look again");
        }
        require(!place.placement().isEmpty(), "no shard is named");
        SortedMap<Integer, List<String>> after = new TreeMap<>(before.placement());
        for (Map.Entry<Integer, List<String>> entry : place.placement().entrySet()) {
            int shard = entry.getKey();
            List<String> wanted = entry.getValue();
            requireShard(shard);
            requireReplicas(shard, wanted);
            List<String> now = before.wanted(shard);
            for (String id : wanted) {
                require(
                        now.contains(id) || node(id).state() == State.HEALTHY,
                        "node " + id + " is " + node(id).state() + " and gets no replicas");
            }
            if (!now.isEmpty()) {
                long comes = wanted.stream().filter(id -> !now.contains(id)).count();
                long goes = now.stream().filter(id -> !wanted.contains(id)).count();
                require(
                        comes <= 1 && goes <= 1,
                        "of shard " + shard + " " + comes + " replicas come and " + goes + " go: one each at a time");
            }
            after.put(shard, wanted);
        }
        return state(before.nodes(), after, version, before.held());
    }

    private ClusterState hold(boolean held) {
        requireKnown();
        return state(before.nodes(), before.placement(), before.placementVersion(), held);
    }

    private ClusterState with(NodeRecord node, long placementVersion) {
        List<NodeRecord> nodes = new ArrayList<>(before.nodes());
        int at = nodes.stream().map(NodeRecord::id).toList().indexOf(node.id());
        if (at < 0) {
            nodes.add(node);
        } else {
            nodes.set(at, node);
        }
        return state(nodes, before.placement(), placementVersion, before.held());
    }

    private NodeRecord node(String id) {
        return before.node(id)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "no node " + id + " in the cluster"));
    }

    private void requireKnown() {
        require(before.isKnown(), "this node is alone, and no part of a cluster");
    }

    private void requireShard(int shard) {
        require(
                shard >= 1 && shard <= dataShards,
                "there is no shard " + shard + " that is placed; there are 1 to " + dataShards);
    }

    private static void requireReplicas(int shard, List<String> nodes) {
        require(
                !nodes.isEmpty()
                        && nodes.size() <= ClusterState.REPLICAS_MAX
                        && new HashSet<>(nodes).size() == nodes.size(),
                "shard " + shard + " is to be on " + nodes);
    }

    private static boolean isUrl(String text) {
        Matcher url = URL.matcher(text);
        return url.matches() && (url.group(1) == null || isPort(Integer.parseInt(url.group(1))));
    }

    private static void requireWellFormed(NodeRecord node) {
        require(ID.matcher(node.id()).matches(), "a node's id is 1 to 100 letters, digits, _ or -");
        Matcher peer = PEER.matcher(node.peer());
        require(
                peer.matches() && isPort(Integer.parseInt(peer.group(1))),
                "node " + node.id() + " is reached by others at '" + node.peer() + "', expected HOST:PORT");
        require(
                isUrl(node.http()),
                "node " + node.id() + " takes requests at '" + node.http() + "', expected http://HOST:PORT");
        require(
                node.agent().isEmpty() || isUrl(node.agent()),
                "the agent of node " + node.id() + " is at '" + node.agent() + "', expected http://HOST:PORT/");
        require(
                LABELS.containsAll(node.labels().keySet())
                        && node.labels().values().stream().allMatch(text -> text.length() <= TEXT_MAX),
                "node " + node.id() + " has labels beside host, rack, site, or one of more than " + TEXT_MAX
                        + " characters");
    }

    private static boolean isPort(int port) {
        return port >= 1 && port <= PORT_MAX;
    }

    private static void require(boolean valid, String otherwise) {
        if (!valid) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, otherwise);
        }
    }

    private static ThalwegException overtaken(String why) {
        return new ThalwegException(ErrorCode.ALREADY_EXISTS, why);
    }

    private static String cut(String words) {
        if (words.length() <= WORDS_MAX) {
            return words;
        }
        int end = Character.isHighSurrogate(words.charAt(WORDS_MAX - 1)) ? WORDS_MAX - 1 : WORDS_MAX;
        return words.substring(0, end) + "…";
    }

    /** What the trail says. */
    private static String words(ClusterState before, ClusterChange change) {
        return switch (change) {
            case ClusterChange.Seed seed ->
                "began with " + seed.nodes().stream().map(NodeRecord::id).toList() + ", shards " + seed.placement();
            case ClusterChange.PutNode(var node) ->
                before.node(node.id()).isEmpty()
                        ? "node " + node.id() + " joins at " + node.peer()
                        : "node " + node.id() + " is at " + node.peer() + ", " + node.http() + ", " + node.labels();
            case ClusterChange.ChangeState(var node, var state) -> "node " + node + " is " + state;
            case ClusterChange.Place place -> "shards are wanted on " + place.placement();
            case ClusterChange.Hold(boolean held) -> held ? "moves are held" : "moves go on";
            case ClusterChange.Raise(int version) -> "the cluster has version " + version;
            case ClusterChange.PutToken token -> "node " + token.node() + " may join by a token";
            case ClusterChange.Join join ->
                "node " + join.node().id() + " joins at " + join.node().peer() + " by its token";
        };
    }
}
