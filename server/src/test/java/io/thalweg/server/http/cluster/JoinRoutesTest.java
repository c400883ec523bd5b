package io.thalweg.server.http.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.thalweg.cluster.certificate.NodeKey;
import io.thalweg.cluster.certificate.PeerAuthority;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.config.Membership;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.PeerTls;
import io.thalweg.server.config.Tls;
import io.thalweg.server.data.GroupData;
import io.thalweg.server.data.LoneDirectory;
import io.thalweg.server.peer.NodeMoves;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Anybody may try to join: what that costs the nodes that are there. */
final class JoinRoutesTest {
    private static final String TOKEN = "tjn_made";
    private static final PeerAuthority.Issued AUTHORITY = PeerAuthority.create(
                    "ours", Instant.EPOCH.plus(Duration.ofDays(20_000)))
            .issued();

    private final LoneDirectory directory;
    private final NodeMoves moves;
    private final JoinRoutes routes;

    JoinRoutesTest(@TempDir Path data) throws Exception {
        NodeSecrets.makeShared(data.resolve("secrets"));
        directory = new LoneDirectory(data.resolve("shard"));
        moves = new NodeMoves(
                directory.administration(), Optional.empty(), Optional.empty(), "n1", List.of(), _ -> Optional.empty());
        routes = new JoinRoutes(
                moves, new UUID(1, 2), data.resolve("secrets"), 3, certificates(data), true, Clock.system());
    }

    @BeforeEach
    void begin() throws Exception {
        GroupData.seed(directory.shard(), 0, "n1");
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private ClusterChange.PutToken token() {
        return new ClusterChange.PutToken(
                "n2", SecretHash.ofSecret(TOKEN).digest(), Clock.system().wallNs() + 60_000_000_000L);
    }

    private JoinRoutes.Joined join(String token, String node) throws InterruptedException {
        return routes.join(new JoinRoutes.Joining(token, node, "127.0.0.1:9", "http://127.0.0.1:9", null, null));
    }

    /** Of a node that has the authority's key. */
    private static JoinCertificates certificates(Path data) throws Exception {
        Files.writeString(data.resolve("ca.pem"), AUTHORITY.certificate());
        SecretFiles.write(data.resolve("ca-key.pem"), AUTHORITY.key());
        return JoinCertificates.of(NodeOptions.in(data)
                .withMembership(new Membership(
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        Map.of(),
                        Optional.of(new PeerTls(
                                new Tls(data.resolve("none.pem"), data.resolve("none-key.pem")),
                                data.resolve("ca.pem"),
                                data.resolve("ca-key.pem"))))));
    }

    private JoinRoutes.Joined join(String token, String node, String key) throws InterruptedException {
        return routes.join(new JoinRoutes.Joining(token, node, "10.0.0.2:9", "https://n2.example:9", null, key));
    }

    @Test
    void aNodeGetsACertificateForItsOwnKeyAndForNobodyElse() throws Exception {
        directory.change(new ClusterChange.Raise(1));
        directory.change(token());
        directory.change(new ClusterChange.PutNode(new NodeRecord(
                "n1", "10.0.0.1:1", "http://10.0.0.1:2", "", Collections.emptySortedMap(), NodeRecord.State.HEALTHY)));
        byte[] own = NodeKey.create().publicKey();
        String key = Base64.getEncoder().encodeToString(own);
        assertThat(refusal(() -> join("tjn_guessed", "n2", key))).isEqualTo(ErrorCode.FORBIDDEN);
        byte[] off = own.clone();
        off[off.length - 1] ^= 1;
        assertThat(refusal(() -> join(TOKEN, "n2", Base64.getEncoder().encodeToString(off))))
                .as("a point that is on no curve")
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(() -> join(TOKEN, "n2", "?"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(() ->
                        routes.join(new JoinRoutes.Joining(TOKEN, "n2", "10.0.0.1:9", "http://10.0.0.1:8", null, key))))
                .as("another node's host")
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(directory.ordered()).as("none of it has cost the token").isZero();

        JoinRoutes.Joined joined = join(TOKEN, "n2", key);
        assertThat(joined.peerCa()).isEqualTo(AUTHORITY.certificate());
        X509Certificate made = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(
                        String.valueOf(joined.peerCertificate()).getBytes(StandardCharsets.US_ASCII)));
        assertThat(made.getPublicKey().getEncoded()).isEqualTo(own);
        assertThat(made.getSubjectX500Principal().getName()).isEqualTo("CN=n2");
        assertThat(made.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .as("what it says of its http address is not signed")
                .containsExactly("10.0.0.2");
    }

    private static ErrorCode refusal(Callable<?> call) {
        return catchThrowableOfType(ThalwegException.class, call::call).code();
    }

    @Test
    void nothingIsOrderedForWhoOnlyGuessesAndFewGuessAtATime() throws Exception {
        directory.change(new ClusterChange.Raise(1));
        directory.change(token());
        List<Future<ErrorCode>> guesses = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                String guess = "tjn_" + i;
                guesses.add(callers.submit(() -> refusal(() -> join(guess, "n2"))));
            }
        }
        Map<ErrorCode, Long> told = guesses.stream()
                .map(Future::resultNow)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        assertThat(told).containsOnlyKeys(ErrorCode.FORBIDDEN, ErrorCode.RATE_LIMITED);
        assertThat(told.get(ErrorCode.RATE_LIMITED)).isGreaterThan(told.get(ErrorCode.FORBIDDEN));
        assertThat(refusal(() -> join(TOKEN, "n3"))).as("another's token").isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(directory.ordered()).isZero();

        assertThat(join(TOKEN, "n2").members())
                .extracting(JoinRoutes.Member::nodeId)
                .containsExactly("n1", "n2");
        assertThat(directory.ordered()).isEqualTo(1);
        assertThat(refusal(() -> join(TOKEN, "n2"))).as("once").isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(directory.ordered()).isEqualTo(1);
    }

    @Test
    void nothingThatAnOlderNodeCannotReadIsOrderedBeforeAllKnowIt() throws Exception {
        assertThat(refusal(() -> moves.change(token()))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(directory.ordered()).isZero();
        directory.change(new ClusterChange.Raise(1));
        assertThat(moves.change(token()).tokens()).hasSize(1);
    }
}
