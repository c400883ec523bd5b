package io.thalweg.directory.cluster;

import io.thalweg.directory.cluster.ClusterState.JoinToken;
import io.thalweg.directory.cluster.ClusterState.Trail;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ContentHash;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The binary form of a cluster's state, a part of the directory's, and of its changes, a part of the directory's commands.
 *
 * <pre>
 * state     := nodes placement placementVersion:i64 held:bool trail, and from version 1 on: version:u8 tokens
 * nodes     := count:i32 node*
 * node      := id peer http agent labels:i32 (name value)* state:u8 (0 joining | 1 healthy | 2 leaving | 3 gone)
 * placement := count:i32 (shard:i32 count:i32 node*)*            by shard
 * trail     := count:i32 (version:i64 atNs:i64 what)*
 * tokens    := count:i32 (id hash:32 expiresNs:i64)*
 * change    := 1 nodes placement | 2 node | 3 id state:u8 | 4 basedOn:i64 placement | 5 held:bool
 *            | 6 version:u8 | 7 id hash:32 expiresNs:i64 | 8 hash:32 node          from version 1 on
 * </pre>
 *
 * Names and words are texts. What is read is bounded here; whether a change may be is for {@link ClusterRules}.
 */
public final class ClusterCodec {
    private static final int TEXT_BYTES_MAX = 4_096;
    private static final int WORDS_BYTES_MAX = 8_192;

    private ClusterCodec() {}

    /** Writes a state as described above. */
    public static void write(ClusterState state, BinaryWriter out) {
        writeNodes(state.nodes(), out);
        writePlacement(state.placement(), out);
        out.i64(state.placementVersion()).bool(state.held()).i32(state.trail().size());
        state.trail().forEach(each -> out.i64(each.version()).i64(each.atNs()).text(each.what()));
        if (state.version() > 0) {
            out.u8(state.version()).i32(state.tokens().size());
            state.tokens()
                    .forEach(token ->
                            write(token.secret(), out.text(token.node())).i64(token.expiresNs()));
        }
    }

    private static BinaryWriter write(ContentHash secret, BinaryWriter out) {
        secret.write(out);
        return out;
    }

    private static ContentHash secret(BinaryReader in) {
        return ContentHash.read(in);
    }

    /**
     * Reads a state back; a {@link MalformedException} for one that no changes make.
     *
     * @param versioned whether it is of a cluster that has a version
     */
    public static ClusterState readState(BinaryReader in, boolean versioned) {
        List<NodeRecord> nodes = readNodes(in);
        Set<String> ids = new HashSet<>();
        nodes.forEach(node -> require(ids.add(node.id()), "two nodes are the same"));
        SortedMap<Integer, List<String>> placement = readPlacement(in);
        placement
                .values()
                .forEach(replicas -> require(ids.containsAll(replicas), "a shard is on a node that is not there"));
        long placementVersion = in.i64();
        boolean held = in.bool();
        List<Trail> trail = new ArrayList<>();
        for (int left = in.count(20); left > 0; left--) {
            trail.add(new Trail(in.i64(), in.i64(), text(in, WORDS_BYTES_MAX)));
        }
        require(trail.size() <= ClusterState.TRAIL_MAX, "a trail of " + trail.size() + " changes");
        int version = versioned ? in.u8() : 0;
        require(
                !versioned || (version >= 1 && version <= ClusterState.VERSION_NEWEST),
                "the cluster has version " + version + ", and this program knows " + ClusterState.VERSION_NEWEST);
        List<JoinToken> tokens = new ArrayList<>();
        for (int left = versioned ? in.count(44) : 0; left > 0; left--) {
            tokens.add(new JoinToken(text(in, TEXT_BYTES_MAX), secret(in), in.i64()));
        }
        require(tokens.size() <= ClusterState.TOKENS_MAX, tokens.size() + " tokens");
        return new ClusterState(nodes, placement, placementVersion, held, trail, version, tokens);
    }

    /** Writes a change as described above. */
    public static void write(ClusterChange change, BinaryWriter out) {
        switch (change) {
            case ClusterChange.Seed seed -> {
                out.u8(1);
                writeNodes(seed.nodes(), out);
                writePlacement(seed.placement(), out);
            }
            case ClusterChange.PutNode(var node) -> write(node, out.u8(2));
            case ClusterChange.ChangeState(var node, var state) ->
                out.u8(3).text(node).u8(state.number());
            case ClusterChange.Place place ->
                writePlacement(place.placement(), out.u8(4).i64(place.basedOn()));
            case ClusterChange.Hold(boolean held) -> out.u8(5).bool(held);
            case ClusterChange.Raise(int version) -> out.u8(6).u8(version);
            case ClusterChange.PutToken token ->
                write(token.secret(), out.u8(7).text(token.node())).i64(token.expiresNs());
            case ClusterChange.Join join -> write(join.node(), write(join.secret(), out.u8(8)));
        }
    }

    /** Reads a change back. */
    public static ClusterChange readChange(BinaryReader in) {
        int kind = in.u8();
        return switch (kind) {
            case 1 -> new ClusterChange.Seed(readNodes(in), readPlacement(in));
            case 2 -> new ClusterChange.PutNode(readNode(in));
            case 3 -> new ClusterChange.ChangeState(text(in, TEXT_BYTES_MAX), state(in));
            case 4 -> new ClusterChange.Place(in.i64(), readPlacement(in));
            case 5 -> new ClusterChange.Hold(in.bool());
            case 6 -> new ClusterChange.Raise(in.u8());
            case 7 -> new ClusterChange.PutToken(text(in, TEXT_BYTES_MAX), secret(in), in.i64());
            case 8 -> new ClusterChange.Join(secret(in), readNode(in));
            default -> throw new MalformedException("change " + kind + " of a cluster is unknown");
        };
    }

    private static void writeNodes(List<NodeRecord> nodes, BinaryWriter out) {
        out.i32(nodes.size());
        nodes.forEach(node -> write(node, out));
    }

    private static List<NodeRecord> readNodes(BinaryReader in) {
        List<NodeRecord> nodes = new ArrayList<>();
        for (int left = in.count(21); left > 0; left--) {
            nodes.add(readNode(in));
        }
        require(nodes.size() <= ClusterState.RECORDS_MAX, nodes.size() + " nodes");
        return nodes;
    }

    private static void write(NodeRecord node, BinaryWriter out) {
        out.text(node.id())
                .text(node.peer())
                .text(node.http())
                .text(node.agent())
                .i32(node.labels().size());
        node.labels().forEach((name, value) -> out.text(name).text(value));
        out.u8(node.state().number());
    }

    private static NodeRecord readNode(BinaryReader in) {
        String id = text(in, TEXT_BYTES_MAX);
        String peer = text(in, TEXT_BYTES_MAX);
        String http = text(in, TEXT_BYTES_MAX);
        String agent = text(in, TEXT_BYTES_MAX);
        TreeMap<String, String> labels = new TreeMap<>();
        for (int left = in.count(8); left > 0; left--) {
            String name = text(in, TEXT_BYTES_MAX);
            require(labels.isEmpty() || labels.lastKey().compareTo(name) < 0, "labels are not in order");
            labels.put(name, text(in, TEXT_BYTES_MAX));
        }
        return new NodeRecord(id, peer, http, agent, labels, state(in));
    }

    private static State state(BinaryReader in) {
        int number = in.u8();
        for (State state : State.values()) {
            if (state.number() == number) {
                return state;
            }
        }
        throw new MalformedException("state " + number + " of a node is unknown");
    }

    private static void writePlacement(SortedMap<Integer, List<String>> placement, BinaryWriter out) {
        out.i32(placement.size());
        placement.forEach((shard, nodes) -> {
            out.i32(shard).i32(nodes.size());
            nodes.forEach(out::text);
        });
    }

    private static SortedMap<Integer, List<String>> readPlacement(BinaryReader in) {
        TreeMap<Integer, List<String>> placement = new TreeMap<>();
        for (int left = in.count(8); left > 0; left--) {
            int shard = in.i32();
            require(placement.isEmpty() || placement.lastKey() < shard, "shards are not in order");
            List<String> nodes = new ArrayList<>();
            for (int more = in.count(4); more > 0; more--) {
                nodes.add(text(in, TEXT_BYTES_MAX));
            }
            placement.put(shard, List.copyOf(nodes));
        }
        return placement;
    }

    private static String text(BinaryReader in, int bytesMax) {
        int before = in.remaining();
        String text = in.text();
        require(before - in.remaining() - Integer.BYTES <= bytesMax, "a text has more than " + bytesMax + " bytes");
        return text;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new MalformedException(otherwise);
        }
    }
}
