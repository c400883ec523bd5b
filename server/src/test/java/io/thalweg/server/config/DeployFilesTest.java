package io.thalweg.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** That what lies in {@code deploy/} is what it says it is: manifests whose parts fit each other and configure nodes, and a unit for systemd. */
final class DeployFilesTest {
    private static final Path DEPLOY = Path.of("..", "deploy");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The manifests by kind. */
    private static Map<String, JsonNode> manifests() throws IOException {
        Map<String, JsonNode> manifests = new HashMap<>();
        String text = Files.readString(DEPLOY.resolve("kubernetes").resolve("thalweg.yaml"));
        for (Object each : new Load(LoadSettings.builder().build()).loadAllFromString(text)) {
            JsonNode manifest = JSON.valueToTree(each);
            String kind = manifest.path("kind").asString("");
            assertThat(manifest.path("apiVersion").asString("")).as(kind).isNotEmpty();
            assertThat(manifest.path("metadata").path("name").asString("")).isEqualTo("thalweg");
            assertThat(manifests.put(kind, manifest)).as("two of %s", kind).isNull();
        }
        assertThat(manifests).containsOnlyKeys("Service", "ConfigMap", "PodDisruptionBudget", "StatefulSet");
        return manifests;
    }

    private static JsonNode one(Map<String, JsonNode> manifests, String kind) {
        JsonNode found = manifests.get(kind);
        assertThat(found).as(kind).isNotNull();
        return found == null ? JSON.nullNode() : found;
    }

    /** Port numbers by name. */
    private static Map<String, Integer> ports(JsonNode list, String field) {
        Map<String, Integer> ports = new HashMap<>();
        list.forEach(
                port -> ports.put(port.path("name").asString(), port.path(field).asInt()));
        return ports;
    }

    @Test
    void theManifestsConfigureTheNodesThatTheyStart(@TempDir Path folder) throws IOException {
        Map<String, JsonNode> manifests = manifests();
        JsonNode set = one(manifests, "StatefulSet").path("spec");
        JsonNode pod = set.path("template").path("spec");
        JsonNode container = pod.path("containers").path(0);
        Map<String, String> mounts = new HashMap<>();
        container
                .path("volumeMounts")
                .forEach(mount -> mounts.put(
                        mount.path("name").asString(), mount.path("mountPath").asString()));
        assertThat(Stream.concat(
                                pod.path("volumes").valueStream().map(volume -> volume.path("name")),
                                set.path("volumeClaimTemplates")
                                        .valueStream()
                                        .map(claim -> claim.path("metadata").path("name")))
                        .map(JsonNode::asString))
                .as("volumes")
                .containsAll(mounts.keySet());
        assertThat(container.path("command").path(2).asString())
                .endsWith("thalweg node --config " + mounts.get("config") + "/$HOSTNAME.conf");
        Map<String, Integer> ports = ports(container.path("ports"), "containerPort");
        assertThat(ports(one(manifests, "Service").path("spec").path("ports"), "port"))
                .isEqualTo(ports);

        JsonNode configs = one(manifests, "ConfigMap").path("data");
        assertThat(configs.size()).isEqualTo(set.path("replicas").asInt());
        String service = set.path("serviceName").asString();
        for (int i = 0; i < configs.size(); i++) {
            String id = "thalweg-" + i;
            Path file = Files.writeString(
                    folder.resolve(id + ".conf"), configs.path(id + ".conf").asString());
            NodeOptions options = NodeFile.read(file);
            assertThat(options.id()).isEqualTo(id);
            assertThat(options.data()).asString().isEqualTo(mounts.get("data"));
            assertThat(options.httpPort()).isEqualTo(ports.get("http"));
            PeerTls tls = options.membership().tls().orElseThrow();
            assertThat(Stream.of(tls.files().certificate(), tls.files().key(), tls.authority()))
                    .allSatisfy(path -> assertThat(path.getParent()).asString().isEqualTo(mounts.get("peer")));
            ClusterNodes cluster = options.membership().cluster().orElseThrow();
            assertThat(cluster.nodes().stream().map(ClusterNode::id)).containsExactlyElementsOf(ids(configs.size()));
            assertThat(cluster.nodes()).allSatisfy(node -> {
                assertThat(node.peer()).isEqualTo(node.id() + "." + service + ":" + ports.get("peer"));
                assertThat(node.http()).hasHost(node.id() + "." + service).hasPort(options.httpPort());
            });
        }
    }

    private static Iterable<String> ids(int count) {
        return Stream.iterate(0, i -> i < count, i -> i + 1)
                .map(i -> "thalweg-" + i)
                .toList();
    }

    @Test
    void theUnitStartsANodeAndSystemdKnowsAllItsWords(@TempDir Path folder) throws Exception {
        String unit = Files.readString(DEPLOY.resolve("systemd").resolve("thalweg.service"));
        assertThat(unit.lines())
                .contains("ExecStart=/opt/thalweg/thalweg node --config /etc/thalweg/node.conf", "KillSignal=SIGTERM")
                .allMatch(
                        line -> line.isEmpty() || line.startsWith("#") || line.matches("\\[[A-Z][a-z]+]|[A-Za-z]+=.*"));
        assertThat(unit.lines().filter(line -> line.startsWith("[")))
                .containsExactly("[Unit]", "[Service]", "[Install]");

        Path analyze = Path.of("/usr/bin/systemd-analyze");
        assumeTrue(Files.isExecutable(analyze), "systemd is not here to be asked");
        Path here = Files.writeString(
                folder.resolve("thalweg.service"),
                unit.replace("/opt/thalweg/", Path.of("..").toRealPath() + "/"));
        Process verifying = new ProcessBuilder(analyze.toString(), "verify", "--man=no", here.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(verifying.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(verifying.waitFor()).as(said).isZero();
        assertThat(said.lines().filter(line -> line.contains("thalweg.service")))
                .isEmpty();
    }
}
