package io.thalweg.server.agent;

import io.thalweg.cluster.action.Arguments;
import io.thalweg.cluster.action.Handler;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.peer.NodeMoves;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What an operator's tool can have become of the cluster's nodes, on any of them. Each step looks at what the directory says and at what the
 * groups are, and remembers nothing, so that it can be done again after a restart, and by another node.
 */
public final class ClusterActions {
    private static final String SCOPE = "agent.replicante.io/cluster.";

    private ClusterActions() {}

    /**
     * By kind.
     *
     * @param self id of this node
     * @param alone whether its configuration names no cluster
     */
    public static Map<String, Handler> all(NodeMoves moves, String self, boolean alone) {
        return Map.of(
                SCOPE + "add", new Add(moves),
                SCOPE + "join", new Join(moves, self, alone),
                SCOPE + "remove", new Remove(moves));
    }

    /** What was refused for good fails; what may be otherwise in a moment is tried again. */
    private static Handler.Outcome refused(ThalwegException e) {
        return e.code() == ErrorCode.UNAVAILABLE || e.code() == ErrorCode.NOT_LEADER
                ? new Handler.Outcome.Again("")
                : new Handler.Outcome.Failed(String.valueOf(e.getMessage()));
    }

    /** Makes a node a member, which is to be started then; done when it is one, whoever made it so. */
    private record Add(NodeMoves moves) implements Handler {
        private static NodeRecord record(Arguments args) {
            return new NodeRecord(
                    args.required("id"),
                    args.text("node")
                            .or(() -> args.text("host"))
                            .orElseThrow(() -> new IllegalArgumentException(
                                    "the argument 'node', the new node's peer address, is missing")),
                    args.required("http"),
                    args.text("agent").orElse(""),
                    new TreeMap<>(),
                    State.JOINING);
        }

        @Override
        public void check(Arguments args) {
            args.requireOnly("node", "host", "id", "http", "agent");
            var _ = record(args);
        }

        @Override
        public Outcome step(Arguments args, String payload) throws InterruptedException {
            NodeRecord wanted = record(args);
            try {
                Optional<NodeRecord> known = moves.known().node(wanted.id());
                boolean isThere = known.filter(node ->
                                node.state() != State.GONE && node.peer().equals(wanted.peer()))
                        .isPresent();
                if (!isThere) {
                    if (known.filter(node -> node.state() != State.GONE).isPresent()) {
                        return new Outcome.Failed("node " + wanted.id() + " is at "
                                + known.orElseThrow().peer() + " already");
                    }
                    var _ = moves.change(new ClusterChange.PutNode(wanted));
                }
                return new Outcome.Done("");
            } catch (ThalwegException e) {
                return refused(e);
            }
        }
    }

    /** A node joins by its configuration, when it is started; this is done when it has. */
    private record Join(NodeMoves moves, String self, boolean alone) implements Handler {
        @Override
        public void check(Arguments args) {
            args.requireOnly("node");
            var _ = args.text("node");
        }

        @Override
        public Outcome step(Arguments args, String payload) {
            if (alone) {
                return new Outcome.Failed("the node's configuration names no cluster that it could join");
            }
            try {
                ClusterState now = moves.known();
                boolean isIn = now.node(self)
                        .filter(node -> node.state() == State.HEALTHY || node.state() == State.LEAVING)
                        .isPresent();
                return isIn ? new Outcome.Done("") : new Outcome.Again("");
            } catch (ThalwegException e) {
                return new Outcome.Again("");
            }
        }
    }

    /** Drains a node and takes it out of the cluster; of one that is not there it is done. */
    private record Remove(NodeMoves moves) implements Handler {
        /** How long the data of a node may take to go. */
        private static final Duration DRAINS = Duration.ofDays(1);

        @Override
        public Duration patience() {
            return DRAINS;
        }

        @Override
        public void check(Arguments args) {
            args.requireOnly("node");
            var _ = args.required("node");
        }

        @Override
        public Outcome step(Arguments args, String payload) throws InterruptedException {
            String id = args.required("node");
            try {
                ClusterState now = moves.known();
                State state = now.node(id).map(NodeRecord::state).orElse(State.GONE);
                if (state == State.GONE) {
                    return new Outcome.Done("");
                }
                if (state != State.LEAVING || now.holdsData(id)) {
                    var _ = moves.drain(id);
                    return new Outcome.Again("\"drains\"");
                }
                if (now.held() || !moves.isEmpty(id)) {
                    return new Outcome.Again("\"drains\"");
                }
                var _ = moves.remove(id);
                return new Outcome.Done("");
            } catch (ThalwegException e) {
                return refused(e);
            }
        }
    }
}
