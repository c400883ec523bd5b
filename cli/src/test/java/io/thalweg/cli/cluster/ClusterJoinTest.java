package io.thalweg.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cli.ScriptedNode;
import io.thalweg.cli.ScriptedNode.Ran;
import io.thalweg.cli.api.Api;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a node that joins says of itself, and where its token comes from. */
final class ClusterJoinTest {
    private static final String TOKEN = "tjn_secret";
    private static final String JOINED = """
        {"cluster_id":"00000000-0000-0001-0000-000000000002","replicas":3,
         "members":[{"node_id":"n1","peer":"h1:1","http":"https://h1:2"},{"node_id":"n4","peer":"h4:1","http":"https://h4:2"}],
         "secrets":{"jwt.pem":"a","operator.key":"b","cluster.key":"c"}
        """;

    private final Path config;
    private final List<JsonNode> asked = new ArrayList<>();
    private final InputStream in = System.in;
    private final ScriptedNode node;

    /** What else the node is told. */
    private volatile String certificate = "";

    ClusterJoinTest(@TempDir Path directory) throws Exception {
        config = directory.resolve("n4.conf");
        node = new ScriptedNode((call, path, body) -> {
            assertThat(path).isEqualTo("/cluster/join");
            asked.add(Api.JSON.readTree(body));
            ScriptedNode.reply(call, 200, JOINED + certificate + "}");
        });
    }

    @BeforeEach
    void configure() throws Exception {
        Files.writeString(config, "data = d\nid = n4\npeer = h4:1\nhttp = h4:2\n");
    }

    @AfterEach
    void close() {
        System.setIn(in);
        node.close();
    }

    /** It makes its key, which stays, and gets what it needs for the road between nodes. */
    @Test
    void aNodeWithoutACertificateGetsOneForItsKey() throws Exception {
        certificate = ",\"peer_ca\":\"CA\",\"peer_certificate\":\"CERTIFICATE\"";
        Path token = Files.writeString(config.resolveSibling("token"), TOKEN + ".pin\n");
        Ran ran = join("--token-file", token.toString());
        assertThat(ran.status()).as(ran.err()).isZero();
        assertAsked("http://h4:2");
        assertThat(asked.getFirst().get("public_key").asString()).isBase64();
        assertThat(config)
                .content()
                .contains("peer.certificate = peer/n4.pem", "peer.key = peer/n4-key.pem", "peer.ca = peer/ca.pem");
        Path peer = config.resolveSibling("peer");
        assertThat(peer.resolve("n4.pem")).hasContent("CERTIFICATE");
        assertThat(peer.resolve("ca.pem")).hasContent("CA");
        Path key = peer.resolve("n4-key.pem");
        assertThat(Files.getPosixFilePermissions(key))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

        // A second node in the same folder has files of its own, and no key is written over.
        String first = Files.readString(key);
        asked.clear();
        Files.writeString(config, "data = d2\nid = n5\npeer = h5:1\nhttp = h5:2\n");
        assertThat(join("--token-file", token.toString()).status()).isZero();
        assertThat(peer.resolve("n5-key.pem")).isRegularFile();
        configure();
        Files.delete(config.resolveSibling("d").resolve("secrets").resolve("cluster.key"));
        asked.clear();
        assertThat(join("--token-file", token.toString()).err()).contains("n4-key.pem is there already");
        assertThat(asked).isEmpty();
        assertThat(key).hasContent(first);
    }

    @Test
    void whereNobodySignsTheOperatorIsToldWhatIsMissing() throws Exception {
        certificate = ",\"peer_ca\":\"CA\",\"peer_certificate\":null";
        Path token = Files.writeString(config.resolveSibling("token"), TOKEN);
        Ran ran = join("--token-file", token.toString());
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("thalweg cluster certificates");
        assertThat(config).content().doesNotContain("peer.certificate");
    }

    private Ran join(String... more) {
        List<String> words = new ArrayList<>(List.of("cluster", "join", config.toString()));
        words.addAll(List.of(more));
        words.addAll(List.of("--to", node.url()));
        return ScriptedNode.runAsIs(words.toArray(String[]::new));
    }

    private void assertAsked(String http) {
        assertThat(asked).singleElement().satisfies(body -> {
            assertThat(body.get("token").asString()).isEqualTo(TOKEN);
            assertThat(body.get("http").asString()).isEqualTo(http);
        });
    }

    @Test
    void aNodeWithACertificateJoinsUnderHttps() throws Exception {
        Files.writeString(config, Files.readString(config) + "tls.certificate = c.pem\ntls.key = k.pem\n");
        Path token = Files.writeString(config.resolveSibling("token"), TOKEN + "\n");
        Ran ran = join("--token-file", token.toString());
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.err()).isEmpty();
        assertAsked("https://h4:2");
        assertThat(config)
                .content()
                .contains("cluster.join = true", "cluster.replicas = 3", "cluster.member.n1 = h1:1 https://h1:2");
        assertThat(config.resolveSibling("d").resolve("secrets").resolve("cluster.key"))
                .content()
                .contains("c");
    }

    @Test
    void aTokenComesFromStandardInput() {
        System.setIn(new ByteArrayInputStream((TOKEN + "\n").getBytes(StandardCharsets.UTF_8)));
        Ran ran = join("-");
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.err()).isEmpty();
        assertAsked("http://h4:2");
    }

    @Test
    void aTokenThatIsAnArgumentIsTakenAndWarnedOf() {
        Ran ran = join(TOKEN);
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.err()).contains("can read a token that is an argument").doesNotContain(TOKEN);
        assertAsked("http://h4:2");
    }

    @Test
    void withoutATokenOrWithTwoNobodyIsAsked() {
        assertThat(join().err()).contains("no token");
        assertThat(join(TOKEN, "--token-file", config.toString()).err()).contains("give the token once");
        assertThat(asked).isEmpty();
        assertThat(config).content().doesNotContain("cluster.");
    }
}
