package io.thalweg.directory.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What may become of a cluster's nodes and placement, and what may not. */
final class ClusterRulesTest {
    private static final int SHARDS = 2;

    private ClusterState now = ClusterState.NONE;
    private long version;

    @Test
    void theFirstNodesAreThoseOfTheConfigurationAndAreSaidOnce() {
        seed("n1", "n2", "n3");
        assertThat(now.wanted(0)).containsExactly("n1", "n2", "n3");
        assertThat(now.wanted(1)).containsExactly("n1", "n2", "n3");
        assertThat(refusal(() -> seed("n4"))).isEqualTo(ErrorCode.ALREADY_EXISTS);
    }

    @Test
    void aNodeJoinsGetsReplicasLosesThemAndItsNameIsUsedUp() {
        seed("n1", "n2", "n3");
        apply(new ClusterChange.PutNode(node("n4", State.JOINING)));
        assertThat(now.wanted(0)).contains("n4");
        assertThat(refusal(() -> place(1, "n1", "n2", "n4")))
                .as("one that joins gets none")
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        apply(new ClusterChange.ChangeState("n4", State.HEALTHY));
        place(1, "n1", "n2", "n4");
        apply(new ClusterChange.ChangeState("n4", State.LEAVING));
        assertThat(refusal(() -> apply(new ClusterChange.ChangeState("n4", State.GONE))))
                .as("it is still wanted for a shard")
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(() -> place(2, "n1", "n2", "n4")))
                .as("one that leaves gets none")
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        place(1, "n1", "n2", "n3");
        assertThat(now.wanted(0)).as("it has the directory to the end").contains("n4");
        apply(new ClusterChange.ChangeState("n4", State.GONE));
        assertThat(now.wanted(0)).containsExactly("n1", "n2", "n3");
        assertThat(refusal(() -> apply(new ClusterChange.PutNode(node("n4", State.JOINING)))))
                .isEqualTo(ErrorCode.ALREADY_EXISTS);
    }

    @Test
    void ofAShardOneReplicaComesAndOneGoesAtATime() {
        seed("n1", "n2", "n3", "n4", "n5");
        place(1, "n1", "n2");
        place(1, "n1", "n3");
        assertThat(refusal(() -> place(1, "n4", "n5"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(() -> place(1))).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void aChangeThatWasMadeFromAnOlderPlacementIsRefused() {
        seed("n1", "n2", "n3");
        long seen = now.placementVersion();
        place(1, "n1", "n2");
        assertThat(refusal(() ->
                        apply(new ClusterChange.Place(seen, new TreeMap<>(java.util.Map.of(1, List.of("n1", "n3")))))))
                .isEqualTo(ErrorCode.ALREADY_EXISTS);
        assertThat(now.wanted(1)).containsExactly("n1", "n2");
    }

    @Test
    void thereAreAtMostNineNodesAndTheLastHealthyOneDoesNotLeave() {
        seed("n1", "n2", "n3", "n4", "n5");
        assertThat(refusal(() -> apply(new ClusterChange.PutNode(node("n6", State.JOINING)))))
                .as("a version in which nodes know of five only")
                .isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        apply(new ClusterChange.Raise(ClusterState.VERSION_OF_NINE));
        for (int i = 6; i <= 9; i++) {
            apply(new ClusterChange.PutNode(node("n" + i, State.JOINING)));
        }
        assertThat(refusal(() -> apply(new ClusterChange.PutNode(node("n10", State.JOINING)))))
                .isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        assertThat(refusal(() -> place(1, "n1", "n2", "n3", "n4", "n5", "n6"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        for (int i = 2; i <= 9; i++) {
            apply(new ClusterChange.ChangeState("n" + i, State.LEAVING));
        }
        assertThat(refusal(() -> apply(new ClusterChange.ChangeState("n1", State.LEAVING))))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void anAddressOfWhichNobodyCanMakeOneIsRefused() {
        seed("n1", "n2", "n3");
        for (String http : List.of("http://[fd00::4:4780", "http://a[b", "http://", "http://h:70000", "http://h:x")) {
            assertThat(refusal(() -> apply(new ClusterChange.PutNode(
                            new NodeRecord("n4", "10.0.0.1:4790", http, "", new TreeMap<>(), State.JOINING)))))
                    .as(http)
                    .isEqualTo(ErrorCode.INVALID_REQUEST);
        }
        for (String peer : List.of("[::1:4790", "::1:4790", "h", "h:0", ":4790", "[]:1")) {
            assertThat(refusal(() -> apply(new ClusterChange.PutNode(
                            new NodeRecord("n4", peer, "http://10.0.0.1", "", new TreeMap<>(), State.JOINING)))))
                    .as(peer)
                    .isEqualTo(ErrorCode.INVALID_REQUEST);
        }
        apply(new ClusterChange.PutNode(new NodeRecord(
                "n4", "[fd00::4]:4790", "https://[fd00::4]:4780/api", "", new TreeMap<>(), State.JOINING)));
    }

    @Test
    void theTrailTellsTheNewestHundredChanges() {
        seed("n1", "n2");
        for (int i = 0; i < 150; i++) {
            apply(new ClusterChange.Hold(i % 2 == 0));
        }
        assertThat(now.trail()).hasSize(ClusterState.TRAIL_MAX);
        assertThat(now.trail().getLast()).isEqualTo(new ClusterState.Trail(version, version, "moves go on"));
        assertThat(now.held()).isFalse();
    }

    @Test
    void aStateReadsBackAsItWasWritten() {
        seed("n1", "n2", "n3");
        apply(new ClusterChange.PutNode(node("n4", State.JOINING)));
        apply(new ClusterChange.Hold(true));
        BinaryWriter out = new BinaryWriter();
        ClusterCodec.write(now, out);
        BinaryReader in = new BinaryReader(out.toByteArray());
        assertThat(ClusterCodec.readState(in, false)).isEqualTo(now);
        in.end();
        apply(new ClusterChange.Raise(1));
        token("n5", "secret", 1_000);
        out = new BinaryWriter();
        ClusterCodec.write(now, out);
        in = new BinaryReader(out.toByteArray());
        assertThat(ClusterCodec.readState(in, true)).isEqualTo(now);
        in.end();
    }

    @Test
    void whatOlderNodesDoNotKnowIsRefusedUntilTheClusterHasTheVersion() {
        seed("n1", "n2", "n3");
        assertThat(refusal(() -> token("n4", "secret", 1_000))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThatThrownBy(() -> apply(new ClusterChange.Raise(ClusterState.VERSION_NEWEST + 1)))
                .as("to refuse what others take would be to go another way")
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("this program knows those up to");
        apply(new ClusterChange.Raise(1));
        assertThat(refusal(() -> apply(new ClusterChange.Raise(1)))).isEqualTo(ErrorCode.ALREADY_EXISTS);
        token("n4", "secret", 1_000);
        apply(new ClusterChange.Hold(true));
        assertThat(now.version()).isEqualTo(1);
        assertThat(now.tokens()).hasSize(1);
    }

    @Test
    void byATokenTheNodeJoinsThatItIsForOnceAndInTime() {
        seed("n1", "n2", "n3");
        apply(new ClusterChange.Raise(1));
        assertThat(refusal(() -> token("n2", "secret", 1_000))).isEqualTo(ErrorCode.ALREADY_EXISTS);
        token("n4", "first", 1_000);
        token("n4", "secret", 1_000);
        assertThat(refusal(() -> join("n4", "first")))
                .as("there is a newer one")
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(refusal(() -> join("n5", "secret"))).as("it is for n4").isEqualTo(ErrorCode.FORBIDDEN);
        join("n4", "secret");
        assertThat(now.node("n4").orElseThrow().state()).isEqualTo(State.JOINING);
        assertThat(refusal(() -> join("n4", "secret"))).as("it was used").isEqualTo(ErrorCode.FORBIDDEN);
        token("n4", "again", 1_000);
        join("n4", "again");
        apply(new ClusterChange.ChangeState("n4", State.HEALTHY));
        assertThat(refusal(() -> token("n4", "late", 1_000))).isEqualTo(ErrorCode.ALREADY_EXISTS);
        token("n5", "short", version + 3);
        apply(new ClusterChange.Hold(true));
        assertThat(now.tokens()).hasSize(1);
        apply(new ClusterChange.Hold(true));
        assertThat(now.tokens()).isEmpty();
        assertThat(refusal(() -> join("n5", "short"))).as("it is too old").isEqualTo(ErrorCode.FORBIDDEN);
    }

    private void token(String node, String secret, long untilNs) {
        apply(new ClusterChange.PutToken(node, SecretHash.ofSecret(secret).digest(), untilNs));
    }

    private void join(String node, String secret) {
        apply(new ClusterChange.Join(SecretHash.ofSecret(secret).digest(), node(node, State.JOINING)));
    }

    private void seed(String... ids) {
        List<NodeRecord> nodes = new ArrayList<>();
        for (String id : ids) {
            nodes.add(node(id, State.HEALTHY));
        }
        TreeMap<Integer, List<String>> placement = new TreeMap<>();
        for (int shard = 1; shard <= SHARDS; shard++) {
            placement.put(shard, ids.length > 3 ? List.of("n1") : List.of(ids));
        }
        apply(new ClusterChange.Seed(nodes, placement));
    }

    private void place(int shard, String... ids) {
        TreeMap<Integer, List<String>> placement = new TreeMap<>();
        placement.put(shard, List.of(ids));
        apply(new ClusterChange.Place(now.placementVersion(), placement));
    }

    private void apply(ClusterChange change) {
        now = ClusterRules.apply(now, change, version + 1, version + 1, SHARDS);
        version++;
    }

    private static NodeRecord node(String id, State state) {
        return new NodeRecord(id, "10.0.0.1:" + id.substring(1), "http://10.0.0.1", "", new TreeMap<>(), state);
    }

    private static ErrorCode refusal(Runnable change) {
        ThalwegException[] refusal = new ThalwegException[1];
        assertThatThrownBy(change::run).isInstanceOfSatisfying(ThalwegException.class, e -> refusal[0] = e);
        return refusal[0].code();
    }
}
