package io.thalweg.directory;

import static io.thalweg.model.ErrorCode.ALREADY_EXISTS;
import static io.thalweg.model.ErrorCode.INVALID_REQUEST;
import static io.thalweg.model.ErrorCode.NOT_FOUND;
import static io.thalweg.model.ErrorCode.QUOTA_EXCEEDED;

import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a cluster should be, said once more as simply as possible; part of {@link DirectoryModel}. */
final class ClusterModel {
    private static final class Row {
        final String id;
        String addresses;
        String peer;
        State state;

        Row(NodeRecord node) {
            id = node.id();
            peer = node.peer();
            addresses = addresses(node);
            state = node.state();
        }

        static String addresses(NodeRecord node) {
            return node.peer() + " " + node.http() + " " + node.agent() + " " + node.labels();
        }
    }

    private final List<Row> rows = new ArrayList<>();
    private final Map<Integer, List<String>> wanted = new TreeMap<>();
    private long placed;
    private boolean held;

    /** The reason to refuse; null when the rows were changed. */
    @Nullable
    ErrorCode apply(ClusterChange change, long version, int dataShards) {
        if (!(change instanceof ClusterChange.Seed) && rows.isEmpty()) {
            return change instanceof ClusterChange.ChangeState ? NOT_FOUND : INVALID_REQUEST;
        }
        return switch (change) {
            case ClusterChange.Seed seed -> seed(seed, version, dataShards);
            case ClusterChange.PutNode(var node) -> put(node, version);
            case ClusterChange.ChangeState(var node, var state) -> change(node, state, version);
            case ClusterChange.Place place -> place(place, version, dataShards);
            case ClusterChange.Hold(boolean to) -> {
                held = to;
                yield null;
            }
            case ClusterChange.Raise _, ClusterChange.PutToken _, ClusterChange.Join _ ->
                throw new IllegalArgumentException("versions and tokens are ClusterRulesTest's");
        };
    }

    private @Nullable ErrorCode seed(ClusterChange.Seed seed, long version, int dataShards) {
        if (!rows.isEmpty()) {
            return ALREADY_EXISTS;
        }
        List<String> ids = seed.nodes().stream().map(NodeRecord::id).toList();
        if (ids.isEmpty()
                || ids.size() > 5
                || new TreeSet<>(ids).size() < ids.size()
                || seed.nodes().stream().anyMatch(node -> !sound(node) || node.state() != State.HEALTHY)
                || seed.nodes().stream().map(NodeRecord::peer).distinct().count() < ids.size()) {
            return INVALID_REQUEST;
        }
        for (Map.Entry<Integer, List<String>> each : seed.placement().entrySet()) {
            if (each.getKey() < 1
                    || each.getKey() > dataShards
                    || !sound(each.getValue())
                    || !ids.containsAll(each.getValue())) {
                return INVALID_REQUEST;
            }
        }
        seed.nodes().forEach(node -> rows.add(new Row(node)));
        wanted.putAll(seed.placement());
        placed = version;
        return null;
    }

    private @Nullable ErrorCode put(NodeRecord node, long version) {
        if (!sound(node)) {
            return INVALID_REQUEST;
        }
        for (Row row : rows) {
            if (row.state != State.GONE && !row.id.equals(node.id()) && row.peer.equals(node.peer())) {
                return ALREADY_EXISTS;
            }
        }
        Row known = row(node.id());
        if (known == null) {
            if (node.state() != State.JOINING) {
                return INVALID_REQUEST;
            }
            if (rows.stream().filter(row -> row.state != State.GONE).count() == 5) {
                return QUOTA_EXCEEDED;
            }
            rows.add(new Row(node));
            placed = version;
            return null;
        }
        if (known.state == State.GONE) {
            return ALREADY_EXISTS;
        }
        known.addresses = Row.addresses(node);
        known.peer = node.peer();
        return null;
    }

    private @Nullable ErrorCode change(String id, State to, long version) {
        Row row = row(id);
        if (row == null) {
            return NOT_FOUND;
        }
        String step = row.state + " " + to;
        if (!List.of("JOINING HEALTHY", "LEAVING HEALTHY", "JOINING LEAVING", "HEALTHY LEAVING", "LEAVING GONE")
                .contains(step)) {
            return INVALID_REQUEST;
        }
        if (to == State.LEAVING && rows.stream().noneMatch(other -> other.state == State.HEALTHY && other != row)) {
            return INVALID_REQUEST;
        }
        if (to == State.GONE && wanted.values().stream().anyMatch(nodes -> nodes.contains(id))) {
            return INVALID_REQUEST;
        }
        row.state = to;
        placed = version;
        return null;
    }

    private @Nullable ErrorCode place(ClusterChange.Place place, long version, int dataShards) {
        if (place.basedOn() != placed) {
            return ALREADY_EXISTS;
        }
        if (place.placement().isEmpty()) {
            return INVALID_REQUEST;
        }
        for (Map.Entry<Integer, List<String>> each : place.placement().entrySet()) {
            List<String> after = each.getValue();
            if (each.getKey() < 1 || each.getKey() > dataShards || !sound(after)) {
                return INVALID_REQUEST;
            }
            List<String> before = wanted.getOrDefault(each.getKey(), List.of());
            List<String> come = new ArrayList<>(after);
            come.removeAll(before);
            List<String> go = new ArrayList<>(before);
            go.removeAll(after);
            for (String id : come) {
                Row row = row(id);
                if (row == null) {
                    return NOT_FOUND;
                }
                if (row.state != State.HEALTHY) {
                    return INVALID_REQUEST;
                }
            }
            if (!before.isEmpty() && (come.size() > 1 || go.size() > 1)) {
                return INVALID_REQUEST;
            }
        }
        wanted.putAll(place.placement());
        placed = version;
        return null;
    }

    private static boolean sound(List<String> replicas) {
        return !replicas.isEmpty() && replicas.size() <= 5 && new TreeSet<>(replicas).size() == replicas.size();
    }

    private static boolean sound(NodeRecord node) {
        return node.id().matches("[a-z0-9]+")
                && !node.peer().isEmpty()
                && List.of("host", "rack", "site").containsAll(node.labels().keySet());
    }

    private @Nullable Row row(String id) {
        return rows.stream().filter(row -> row.id.equals(id)).findFirst().orElse(null);
    }

    void render(Set<String> lines) {
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            lines.add("node %d %s %s %s".formatted(i, row.id, row.addresses, row.state));
        }
        wanted.forEach((shard, nodes) -> lines.add("wanted %d %s".formatted(shard, nodes)));
        lines.add("placed %d %s".formatted(placed, held));
    }

    static void render(ClusterState state, Set<String> lines) {
        for (int i = 0; i < state.nodes().size(); i++) {
            NodeRecord node = state.nodes().get(i);
            lines.add("node %d %s %s %s".formatted(i, node.id(), Row.addresses(node), node.state()));
        }
        state.placement().forEach((shard, nodes) -> lines.add("wanted %d %s".formatted(shard, nodes)));
        lines.add("placed %d %s".formatted(state.placementVersion(), state.held()));
    }
}
