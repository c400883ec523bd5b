package io.thalweg.server.http.cluster;

import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ContentHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.auth.Secrets;
import io.thalweg.server.config.ConfigException;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Times;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.peer.NodeMoves;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Semaphore;
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

    private static final int WAITING_MAX = 8;
    private static final Duration TOKEN_WITHIN = Duration.ofSeconds(1);
    private static final Duration TOKEN_PAUSE = Duration.ofMillis(20);

    private final Semaphore waiting = new Semaphore(WAITING_MAX);
    private final NodeMoves moves;
    private final UUID cluster;
    private final Path secrets;
    private final int replicas;
    private final JoinCertificates certificates;
    private final boolean isPrivate;
    private final Clock clock;

    /**
     * @param cluster its id
     * @param secrets folder with what the nodes share
     * @param replicas of each shard for data, as this node has it
     * @param certificates for the road between nodes
     * @param isPrivate whether what is answered is encrypted, or stays on this machine
     */
    public JoinRoutes(
            NodeMoves moves,
            UUID cluster,
            Path secrets,
            int replicas,
            JoinCertificates certificates,
            boolean isPrivate,
            Clock clock) {
        this.moves = moves;
        this.cluster = cluster;
        this.secrets = secrets;
        this.replicas = replicas;
        this.certificates = certificates;
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
                        .refuses(409, "The name of the node is used up.")
                        .refuses(429, "Too many try to join at the same time.")
                        .to(this::join));
    }

    record NewJoinToken(@Nullable String nodeId, @Nullable Long seconds) {}

    record JoinToken(String nodeId, String token, String expiresAt) {}

    /** @param publicKey of a key that the node has made, base64 of a SubjectPublicKeyInfo; null when it has a certificate */
    record Joining(
            @Nullable String token,
            @Nullable String nodeId,
            @Nullable String peer,
            @Nullable String http,
            @Nullable String agent,
            @Nullable String publicKey) {}

    record Member(
            String nodeId,
            String peer,
            String http,
            @Nullable String agent) {}

    /**
     * @param peerCa whom nodes believe, in PEM; null where they talk in the clear
     * @param peerCertificate in PEM; null where this node does not sign, or was not asked to
     */
    record Joined(
            String clusterId,
            int replicas,
            List<Member> members,
            Map<String, String> secrets,
            @Nullable String peerCa,
            @Nullable String peerCertificate) {}

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
        call.reply(200, new JoinToken(node, certificates.pinned(token), Times.text(expiresNs)));
    }

    private void join(Call call) throws InterruptedException {
        call.reply(200, join(call.strictJson(Joining.class)));
    }

    Joined join(Joining wanted) throws InterruptedException {
        if (!isPrivate) {
            throw new ThalwegException(
                    ErrorCode.FORBIDDEN,
                    "what a node gets when it joins is secret: this node has to take requests over TLS");
        }
        String agent = wanted.agent();
        String id = Json.required("node_id", wanted.nodeId());
        ContentHash secret =
                SecretHash.ofSecret(Json.required("token", wanted.token())).digest();
        requireToken(id, secret);
        // What cannot be answered costs no token.
        Map<String, String> shared = shared();
        String peer = Json.required("peer", wanted.peer());
        String http = Json.required("http", wanted.http());
        String certificate = wanted.publicKey() == null
                ? null
                : certificates.certify(id, List.of(host(id, peer)), wanted.publicKey());
        ClusterState after = moves.change(new ClusterChange.Join(
                secret, new NodeRecord(id, peer, http, agent == null ? "" : agent, new TreeMap<>(), State.JOINING)));
        return new Joined(
                cluster.toString(),
                replicas,
                after.present().stream()
                        .map(node -> new Member(
                                node.id(),
                                node.peer(),
                                node.http(),
                                node.agent().isEmpty() ? null : node.agent()))
                        .toList(),
                shared,
                certificates.believed(),
                certificate);
    }

    /**
     * What a certificate is good for: the host of the address between nodes, and nothing else that the one who joins may say. One at which another node is, is for
     * an operator to sign for, unless all is on this machine.
     */
    private String host(String id, String peer) {
        try {
            HostPort at = HostPort.parse("peer", peer);
            for (NodeRecord other : moves.known().present()) {
                if (!other.id().equals(id)
                        && !at.isLoopback()
                        && HostPort.parse("peer", other.peer()).host().equalsIgnoreCase(at.host())) {
                    throw new ThalwegException(
                            ErrorCode.INVALID_REQUEST,
                            "node " + other.id() + " is at " + at.host()
                                    + ", too: a certificate for that is for an operator to make");
                }
            }
            return at.host();
        } catch (ConfigException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Guesses get no further than this node, and few at a time: anybody may try, and what is ordered is there for good. A token that another
     * node was asked for a moment ago may not be here yet.
     */
    private void requireToken(String node, ContentHash secret) throws InterruptedException {
        if (!waiting.tryAcquire()) {
            throw new ThalwegException(ErrorCode.RATE_LIMITED, "too many nodes try to join: try again");
        }
        try {
            long sinceNs = clock.monotonicNs();
            while (!isToken(node, secret)) {
                if (clock.monotonicNs() - sinceNs > TOKEN_WITHIN.toNanos()) {
                    throw new ThalwegException(
                            ErrorCode.FORBIDDEN, "the token is none for node " + node + ", was used, or is too old");
                }
                Thread.sleep(TOKEN_PAUSE);
            }
        } finally {
            waiting.release();
        }
    }

    private boolean isToken(String node, ContentHash secret) {
        return moves.known().tokens().stream()
                .anyMatch(
                        token -> token.secret().matches(secret) && token.node().equals(node));
    }

    private Map<String, String> shared() {
        Map<String, String> shared = new TreeMap<>();
        try {
            for (String name : NodeSecrets.SHARED) {
                shared.put(name, SecretFiles.read(secrets.resolve(name)));
            }
            for (String name : NodeSecrets.SHARED_FOR_A_WHILE) {
                if (Files.exists(secrets.resolve(name))) {
                    shared.put(name, SecretFiles.read(secrets.resolve(name)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return shared;
    }
}
