package io.thalweg.cluster.plan;

import io.thalweg.cluster.plan.Plan.Step;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * Makes plans. A replica goes where there are fewest, among the nodes that share no label with those who stay, if there are such. What would leave
 * a shard without a majority of replicas whose nodes answer is refused with the reason, as is what there is no room for.
 */
public final class Planner {
    /** What two nodes hold is evened out when they are apart by more than this part of the larger, and that by this part at least. */
    private static final int PART = 4;

    /** Less is not worth a copy. */
    private static final long APART_BYTES_MIN = 64L << 20;

    private final ClusterState now;
    private final Set<String> answering;
    private final Map<Integer, Long> bytes;
    private final SortedMap<Integer, List<String>> placement;
    private final List<Step> steps = new ArrayList<>();
    private final Set<Integer> touched = new HashSet<>();

    private Planner(ClusterState now, Set<String> answering, Map<Integer, Long> bytes) {
        this.now = now;
        this.answering = Set.copyOf(answering);
        this.bytes = Map.copyOf(bytes);
        this.placement = new TreeMap<>(now.placement());
    }

    /**
     * A replica goes from one node to another.
     *
     * @param answering the nodes that answer at the moment
     * @param bytes about what a replica of a shard has, where that is known
     * @throws ThalwegException {@code INVALID_REQUEST} with the reason
     */
    public static Plan move(
            ClusterState now, Set<String> answering, Map<Integer, Long> bytes, int shard, String from, String to) {
        Planner planner = new Planner(now, answering, bytes);
        List<String> holders = now.placement().get(shard);
        require(holders != null, "there is no shard " + shard + " that can be moved");
        require(holders != null && holders.contains(from), "shard " + shard + " is not wanted on node " + from);
        require(holders != null && !holders.contains(to), "shard " + shard + " is wanted on node " + to + " already");
        require(
                planner.mayGet(to),
                "node " + to + " is not there, not healthy, or does not answer: it gets no replicas");
        planner.step(shard, from, to);
        return planner.plan();
    }

    /**
     * Several replicas go, each as {@link #move} has it; those that have gone already are left out.
     *
     * @param moves at most one for each shard
     */
    public static Plan moves(ClusterState now, Set<String> answering, Map<Integer, Long> bytes, List<Move> moves) {
        Planner planner = new Planner(now, answering, bytes);
        for (Move move : moves) {
            if (!isPlaced(now, move)) {
                Plan one = move(now, answering, bytes, move.shard(), move.from(), move.to());
                one.steps().forEach(step -> planner.step(step.shard(), step.from(), step.to()));
            }
        }
        return planner.plan();
    }

    /** Whether a replica is wanted where it was to go, and not where it was. */
    public static boolean isPlaced(ClusterState now, Move move) {
        List<String> holders = now.placement().get(move.shard());
        return holders != null && holders.contains(move.to()) && !holders.contains(move.from());
    }

    /** Everything goes from a node to another one, or, of what that has already, wherever {@link #drain} has it go. */
    public static Plan replace(
            ClusterState now, Set<String> answering, Map<Integer, Long> bytes, String node, String by) {
        Planner planner = new Planner(now, answering, bytes);
        require(
                planner.mayGet(by),
                "node " + by + " is not there, not healthy, or does not answer: it gets no replicas");
        for (Step step : drain(now, answering, bytes, node).steps()) {
            boolean hasIt = planner.holders(step.shard()).contains(by);
            planner.step(step.shard(), step.from(), hasIt ? step.to() : by);
        }
        return planner.plan();
    }

    /** Everything goes from a node; the rest as {@link #move}. */
    public static Plan drain(ClusterState now, Set<String> answering, Map<Integer, Long> bytes, String node) {
        Planner planner = new Planner(now, answering, bytes);
        require(
                now.node(node).filter(known -> known.state() != State.GONE).isPresent(),
                "there is no node " + node + " in the cluster");
        now.placement().forEach((shard, holders) -> {
            if (holders.contains(node)) {
                String to = planner.best(shard, node)
                        .orElseThrow(() -> refusal("no other healthy node that answers is without a replica of shard "
                                + shard + ", so that it would have one less without node " + node
                                + ": add a node first"));
                planner.step(shard, node, to);
            }
        });
        return planner.plan();
    }

    /**
     * Nodes get about as many replicas as each other: no node has two more than another that could have one of them. And where replicas of a shard share a
     * label that they need not, one goes elsewhere, in exchange for another shard's if nodes have as many already. Then, if all sizes are known, nodes get about as
     * many bytes as each other, in exchange, too. As {@link #move}.
     */
    public static Plan rebalance(ClusterState now, Set<String> answering, Map<Integer, Long> bytes) {
        Planner planner = new Planner(now, answering, bytes);
        while (planner.level()) {
            // One step at a time.
        }
        for (int shard : now.placement().keySet()) {
            planner.setApart(shard);
        }
        while (planner.levelBytes()) {
            // The same.
        }
        return planner.plan();
    }

    /**
     * Each shard that has fewer replicas than there should be gets one more, if there is a healthy node that answers and has none of it; as few
     * come at once as a directory takes. What it has is not asked: more replicas harm nobody.
     *
     * @param replicas how many there should be
     * @return without steps: nothing goes
     */
    public static Plan spread(ClusterState now, Set<String> answering, int replicas) {
        Planner planner = new Planner(now, answering, Map.of());
        now.placement().forEach((shard, holders) -> {
            if (holders.size() < replicas) {
                planner.best(shard, "").ifPresent(id -> {
                    List<String> more = new ArrayList<>(holders);
                    more.add(id);
                    planner.placement.put(shard, List.copyOf(more));
                    planner.touched.add(shard);
                });
            }
        });
        return planner.plan();
    }

    /**
     * Who should lead shards instead of who does, so that no node leads two more than another that could lead one of them. Nothing is copied.
     *
     * @param leaders by shard, as far as they are known
     * @param mayLead whether a node's replica of a shard has about what the leader has
     * @return at most one for each shard
     */
    public static List<Move> leaders(
            ClusterState now, Map<Integer, String> leaders, BiPredicate<Integer, String> mayLead) {
        SortedMap<Integer, String> after = new TreeMap<>(leaders);
        after.keySet().retainAll(now.placement().keySet());
        Map<String, Integer> led = new HashMap<>();
        after.values().forEach(id -> led.merge(id, 1, Integer::sum));
        // Each time the squares of what nodes lead are fewer, so that it comes to an end.
        for (boolean changed = true; changed; ) {
            changed = false;
            for (Map.Entry<Integer, String> each : after.entrySet()) {
                int shard = each.getKey();
                int most = led.getOrDefault(each.getValue(), 0);
                Optional<String> next = now.wanted(shard).stream()
                        .filter(id -> led.getOrDefault(id, 0) + 2 <= most)
                        .filter(id -> isHealthy(now, id) && mayLead.test(shard, id))
                        .min(Comparator.comparingInt(id -> led.getOrDefault(id, 0)));
                if (next.isPresent()) {
                    led.merge(each.getValue(), -1, Integer::sum);
                    led.merge(next.get(), 1, Integer::sum);
                    each.setValue(next.get());
                    changed = true;
                }
            }
        }
        List<Move> moves = new ArrayList<>();
        after.forEach((shard, to) -> {
            String from = leaders.get(shard);
            if (from != null && !to.equals(from)) {
                moves.add(new Move(shard, from, to));
            }
        });
        return moves;
    }

    private static boolean isHealthy(ClusterState now, String id) {
        return now.node(id).filter(node -> node.state() == State.HEALTHY).isPresent();
    }

    /** One replica from the node with most to one with two fewer; false when there is none. */
    private boolean level() {
        List<String> byLoad = now.present().stream()
                .map(NodeRecord::id)
                .sorted(Comparator.comparingInt((String id) -> -load(id)))
                .toList();
        for (String from : byLoad) {
            for (Map.Entry<Integer, List<String>> each : List.copyOf(placement.entrySet())) {
                int shard = each.getKey();
                if (!each.getValue().contains(from) || touched.contains(shard)) {
                    continue;
                }
                Optional<String> to = best(shard, from).filter(id -> load(id) + 2 <= load(from));
                if (to.isPresent() && sharedWith(shard, from, to.get()) <= sharedWith(shard, from, from)) {
                    step(shard, from, to.get());
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * A replica that shares more with those who stay than it would elsewhere goes to where it shares least: to a node with fewer replicas, or to one with as many, of which
     * another shard's comes back that shares no more than it did.
     */
    private void setApart(int shard) {
        if (touched.contains(shard) || !hasMajority(shard)) {
            return;
        }
        List<Move> apart = List.of();
        for (String from : holders(shard)) {
            for (NodeRecord node : now.present()) {
                Move move = new Move(shard, from, node.id());
                if (gain(move) > 0 && mayGet(move.to()) && !holders(shard).contains(move.to())) {
                    List<Move> found = load(move.to()) < load(from) ? List.of(move) : exchange(move);
                    if (gain(found) > gain(apart)) {
                        apart = found;
                    }
                }
            }
        }
        apart.forEach(move -> step(move.shard(), move.from(), move.to()));
    }

    /** A move, and the best that comes back for it; empty when there is none, or the nodes have not as many as each other. */
    private List<Move> exchange(Move move) {
        if (load(move.to()) > load(move.from()) || !mayGet(move.from())) {
            return List.of();
        }
        return placement.entrySet().stream()
                .filter(other -> other.getValue().contains(move.to())
                        && !other.getValue().contains(move.from()))
                .map(other -> new Move(other.getKey(), move.to(), move.from()))
                .filter(back -> !touched.contains(back.shard()) && hasMajority(back.shard()) && gain(back) >= 0)
                .max(Comparator.comparingInt(this::gain))
                .map(back -> List.of(move, back))
                .orElse(List.of());
    }

    /**
     * Of the nodes that are furthest apart in what they hold, two get nearer by an exchange of replicas, or by one that goes to a node with fewer; none is set less
     * apart for it. False when nothing helps, or not all sizes are known.
     */
    private boolean levelBytes() {
        if (!knowsSizes()) {
            return false;
        }
        List<String> bySize = now.present().stream()
                .map(NodeRecord::id)
                .sorted(Comparator.comparingLong((String id) -> -held(id)))
                .toList();
        for (String from : bySize) {
            for (String to : bySize.reversed()) {
                long apart = held(from) - held(to);
                if (apart <= Math.max(APART_BYTES_MIN, held(from) / PART)) {
                    break; // Those that follow hold more.
                }
                List<Move> nearer = nearer(from, to, apart);
                if (!nearer.isEmpty()) {
                    nearer.forEach(move -> step(move.shard(), move.from(), move.to()));
                    return true;
                }
            }
        }
        return false;
    }

    /** What has two nodes hold most nearly the same; empty when nothing brings them nearer by much. */
    private List<Move> nearer(String from, String to, long apart) {
        List<Move> best = List.of();
        long least = apart - apart / PART;
        List<Move> back = movable(to, from);
        for (Move move : movable(from, to)) {
            long alone = Math.abs(apart - 2 * size(move.shard()));
            if (load(to) < load(from) && alone < least) {
                least = alone;
                best = List.of(move);
            }
            for (Move other : back) {
                long both = Math.abs(apart - 2 * (size(move.shard()) - size(other.shard())));
                if (both < least) {
                    least = both;
                    best = List.of(move, other);
                }
            }
        }
        return best;
    }

    /** Replicas that may go from a node to another without being set less apart. */
    private List<Move> movable(String from, String to) {
        if (!mayGet(to)) {
            return List.of();
        }
        return placement.entrySet().stream()
                .filter(each ->
                        each.getValue().contains(from) && !each.getValue().contains(to))
                .map(each -> new Move(each.getKey(), from, to))
                .filter(move -> !touched.contains(move.shard()) && hasMajority(move.shard()) && gain(move) >= 0)
                .toList();
    }

    private boolean knowsSizes() {
        return bytes.keySet().containsAll(placement.keySet());
    }

    private long size(int shard) {
        return bytes.getOrDefault(shard, 0L);
    }

    /** Bytes of a node's replicas. */
    private long held(String id) {
        return placement.entrySet().stream()
                .filter(each -> each.getValue().contains(id))
                .mapToLong(each -> size(each.getKey()))
                .sum();
    }

    private int gain(List<Move> moves) {
        return moves.stream().mapToInt(this::gain).sum();
    }

    /** With how many fewer of those who stay a replica would share a label elsewhere. */
    private int gain(Move move) {
        return sharedWith(move.shard(), move.from(), move.from()) - sharedWith(move.shard(), move.from(), move.to());
    }

    /** Who should get a replica instead of a node. */
    private Optional<String> best(int shard, String instead) {
        List<String> holders = holders(shard);
        return now.present().stream()
                .map(NodeRecord::id)
                .filter(id -> mayGet(id) && !holders.contains(id))
                .min(Comparator.comparingInt((String id) -> sharedWith(shard, instead, id))
                        .thenComparingInt(this::load)
                        .thenComparingLong(id -> knowsSizes() ? held(id) : 0));
    }

    private List<String> holders(int shard) {
        List<String> holders = placement.get(shard);
        return holders == null ? List.of() : holders;
    }

    /** With how many of those who stay a node would share a label, and so a failure. */
    private int sharedWith(int shard, String instead, String id) {
        SortedMap<String, String> labels = labels(id);
        int shared = 0;
        for (String holder : holders(shard)) {
            if (!holder.equals(instead)) {
                for (Map.Entry<String, String> label : labels(holder).entrySet()) {
                    shared += label.getValue().equals(labels.get(label.getKey())) ? 1 : 0;
                }
            }
        }
        return shared;
    }

    private SortedMap<String, String> labels(String id) {
        return now.node(id).map(NodeRecord::labels).orElseThrow();
    }

    private int load(String id) {
        return (int) placement.values().stream()
                .filter(holders -> holders.contains(id))
                .count();
    }

    private boolean mayGet(String id) {
        return answering.contains(id) && isHealthy(now, id);
    }

    private void step(int shard, String from, String to) {
        List<String> after = new ArrayList<>(holders(shard));
        require(
                hasMajority(shard),
                "of the replicas of shard " + shard + " on " + after + " only " + answering(after)
                        + " are on nodes that answer, which is no majority: nothing can be moved");
        after.set(after.indexOf(from), to);
        placement.put(shard, List.copyOf(after));
        Long size = bytes.get(shard);
        steps.add(new Step(shard, from, to, size == null ? OptionalLong.empty() : OptionalLong.of(size)));
        touched.add(shard);
    }

    private boolean hasMajority(int shard) {
        return answering(holders(shard)) > holders(shard).size() / 2;
    }

    private long answering(List<String> holders) {
        return holders.stream().filter(answering::contains).count();
    }

    private Plan plan() {
        SortedMap<Integer, List<String>> changed = new TreeMap<>();
        touched.forEach(shard -> changed.put(shard, holders(shard)));
        return new Plan(now.placementVersion(), steps, changed);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw refusal(otherwise);
        }
    }

    private static ThalwegException refusal(String why) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, why);
    }
}
