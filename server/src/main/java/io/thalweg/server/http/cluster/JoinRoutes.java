package io.thalweg.server.http.cluster;

import io.thalweg.directory.SecretHash;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.auth.Secrets;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Times;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.peer.NodeMoves;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a node that has nothing but a token joins: it says who it is and where, is a member then, and gets what the nodes share. The operator makes the
 * token for a node of one name; the directory keeps its hash, until it is used, once, or too old. What is answered is secret, and so nothing of it
 * goes over plain HTTP beyond the machine.
 */
public final class JoinRoutes {
    private static final String TAG = "cluster";
    private static final Duration USUAL = Duration.ofHours(1);
    private static final Duration MAX = Duration.ofDays(7);

    private final NodeMoves moves;
    private final UUID cluster;
    private final Path secrets;
    private final int replicas;
    private final boolean isPrivate;
    private final Clock clock;

    /**
     * @param cluster its id
     * @param secrets folder with what the nodes share
     * @param replicas of each shard for data, as this node has it
     * @param isPrivate whether what is answered is encrypted, or stays on this machine
     */
    public JoinRoutes(NodeMoves moves, UUID cluster, Path secrets, int replicas, boolean isPrivate, Clock clock) {
        this.moves = moves;
        this.cluster = cluster;
        this.secrets = secrets;
        this.replicas = replicas;
        this.isPrivate = isPrivate;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/operator/cluster/tokens")
                        .by(Access.OPERATOR)
                        .named("create_join_token", TAG, "Let a node join, once.")
                        .takes(MediaTypes.JSON, "NewJoinToken")
                        .answers(200, "The token; it is told nowhere again.", "JoinToken")
                        .refuses(409, "There is, or was, a node of that name.")
                        .to(this::token),
                Route.post("/cluster/join")
                        .by(Access.OPEN)
                        .named("join_cluster", TAG, "Become a node of the cluster, by a token.")
                        .takes(MediaTypes.JSON, "Joining")
                        .answers(200, "It is a member; what it needs to start.", "Joined")
                        .refuses(403, "The token is none, was used, or is too old; or this is plain HTTP.")
                        .to(this::join));
    }

    record NewJoinToken(@Nullable String nodeId, @Nullable Long seconds) {}

    record JoinToken(String nodeId, String token, String expiresAt) {}

    record Joining(
            @Nullable String token,
            @Nullable String nodeId,
            @Nullable String peer,
            @Nullable String http,
            @Nullable String agent) {}

    record Member(
            String nodeId,
            String peer,
            String http,
            @Nullable String agent) {}

    record Joined(String clusterId, int replicas, List<Member> members, Map<String, String> secrets) {}

    private void token(Call call) throws InterruptedException {
        NewJoinToken wanted = call.strictJson(NewJoinToken.class);
        String node = Json.required("node_id", wanted.nodeId());
        Long said = wanted.seconds();
        long seconds = said == null ? USUAL.toSeconds() : said;
        if (seconds < 1 || seconds > MAX.toSeconds()) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "'seconds' is " + seconds + ", expected 1 to " + MAX.toSeconds());
        }
        String token = Secrets.create(Secrets.JOIN_PREFIX);
        long expiresNs = clock.wallNs() + Duration.ofSeconds(seconds).toNanos();
        var _ = moves.change(
                new ClusterChange.PutToken(node, SecretHash.ofSecret(token).digest(), expiresNs));
        call.reply(200, new JoinToken(node, token, Times.text(expiresNs)));
    }

    private void join(Call call) throws InterruptedException {
        Joining wanted = call.strictJson(Joining.class);
        if (!isPrivate) {
            throw new ThalwegException(
                    ErrorCode.FORBIDDEN,
                    "what a node gets when it joins is secret: this node has to take requests over TLS");
        }
        String agent = wanted.agent();
        ClusterState after = moves.change(new ClusterChange.Join(
                SecretHash.ofSecret(Json.required("token", wanted.token())).digest(),
                new NodeRecord(
                        Json.required("node_id", wanted.nodeId()),
                        Json.required("peer", wanted.peer()),
                        Json.required("http", wanted.http()),
                        agent == null ? "" : agent,
                        new TreeMap<>(),
                        State.JOINING)));
        call.reply(
                200,
                new Joined(
                        cluster.toString(),
                        replicas,
                        after.present().stream()
                                .map(node -> new Member(
                                        node.id(),
                                        node.peer(),
                                        node.http(),
                                        node.agent().isEmpty() ? null : node.agent()))
                                .toList(),
                        shared()));
    }

    private Map<String, String> shared() {
        Map<String, String> shared = new TreeMap<>();
        try {
            for (String name : NodeSecrets.SHARED) {
                shared.put(name, SecretFiles.read(secrets.resolve(name)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return shared;
    }
}
