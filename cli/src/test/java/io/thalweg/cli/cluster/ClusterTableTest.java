package io.thalweg.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cli.ScriptedNode;
import io.thalweg.cli.ScriptedNode.Ran;
import io.thalweg.cli.api.Api;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a person and a script see of a cluster, of which one replica moves and one node is of before sizes were said. */
final class ClusterTableTest {
    /** With what the first replica has applied to be put in. */
    private static final String CLUSTER = """
        {"cluster_id":"00000000-0000-0001-0000-000000000002","version":"0.2","nodes":[
          {"node_id":"n1","status":"healthy","http":"http://h1","labels":{"host":null,"rack":null,"site":null},"version":"0.2"},
          {"node_id":"n2","status":"healthy","http":"http://h2","labels":{"host":null,"rack":null,"site":null},"version":"0.1"},
          {"node_id":"n3","status":"unavailable","http":"http://h3","labels":{"host":null,"rack":null,"site":null},"version":null}],
         "shards":[
          {"shard":0,"leader":"n1","replicas":[
            {"node_id":"n1","role":"primary","commit_offset":"%d","lag":"0","bytes":"40"}]},
          {"shard":1,"leader":"n2","replicas":[
            {"node_id":"n1","role":"recovering","commit_offset":"80","lag":null,"bytes":"700"},
            {"node_id":"n2","role":"primary","commit_offset":"90","lag":"0","bytes":null}]}],
         "moves":[{"shard":1,"from":"n2","to":"n1"},{"shard":0,"from":"n3","to":null}]}
        """;

    private static final String CLEAR = "\u001b[H\u001b[2J";

    private final Path data;
    private final AtomicInteger asked = new AtomicInteger();
    private final ScriptedNode node;

    ClusterTableTest(@TempDir Path data) throws Exception {
        this.data = data;
        Files.writeString(Files.createDirectories(data.resolve("secrets")).resolve("operator.key"), "secret\n");
        node = new ScriptedNode((call, path, _) -> {
            assertThat(path).isEqualTo("/operator/cluster");
            ScriptedNode.reply(call, 200, CLUSTER.formatted(asked.incrementAndGet()));
        });
    }

    @AfterEach
    void close() {
        node.close();
    }

    private Ran run(String... words) {
        List<String> all = new ArrayList<>(List.of("cluster"));
        all.addAll(List.of(words));
        all.addAll(List.of("--data", data.toString(), "--url", node.url()));
        return ScriptedNode.runAsIs(all.toArray(String[]::new));
    }

    @Test
    void tablesSayWhoLeadsWhoLagsHowMuchIsWhereAndWhatMoves() {
        Ran ran = run("status");
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.out())
                .containsPattern("NODE +STATUS +LEADS +REPLICAS +BYTES +HTTP +VERSION")
                .containsPattern("n1 +healthy +1 +2 +740 +http://h1 +0.2")
                .containsPattern("n2 +healthy +1 +1 +0 +http://h2 +0.1")
                .containsPattern("n3 +unavailable +0 +0 +0 +http://h3")
                .containsPattern("SHARD +NODE +ROLE +OFFSET +LAG +BYTES")
                .containsPattern("0 +n1 +primary +1 +0 +40")
                .containsPattern("1 +n1 +recovering +80 .*700")
                .containsPattern("1 +n2 +primary +90 +0 +-")
                .containsPattern("SHARD +FROM +TO +BYTES\\R1 +n2 +n1 +700\\R0 +n3 +- +40");
        assertThat(run("shards").out()).startsWith("SHARD").doesNotContain("FROM");
        assertThat(run("nodes").out()).startsWith("NODE").doesNotContain("SHARD");
    }

    @Test
    void scriptsGetJson() {
        assertThat(Api.JSON.readTree(run("status", "--json").out())).isEqualTo(Api.JSON.readTree(CLUSTER.formatted(1)));
        List<JsonNode> replicas = run("shards", "--json")
                .out()
                .lines()
                .map(line -> Api.JSON.readTree(line))
                .toList();
        assertThat(replicas).hasSize(3);
        assertThat(replicas.getFirst().get("commit_offset").asString()).isEqualTo("2");
        assertThat(replicas.get(1).get("bytes").asString()).isEqualTo("700");
        assertThat(run("nodes", "--json").out().lines()).hasSize(3);
    }

    @Test
    void whoWatchesSeesItAgainAndAgainUntilInterrupted() throws Exception {
        FutureTask<Ran> watching = new FutureTask<>(() -> run("status", "--watch"));
        Thread thread = Thread.ofPlatform().daemon().start(watching);
        await().atMost(Duration.ofMinutes(1)).until(() -> asked.get() >= 3);
        thread.interrupt();
        String[] shown = watching.get(1, TimeUnit.MINUTES).out().split(Pattern.quote(CLEAR), -1);
        assertThat(shown).hasSizeGreaterThanOrEqualTo(3);
        assertThat(shown[1]).containsPattern("0 +n1 +primary +1 ");
        assertThat(shown[2]).containsPattern("0 +n1 +primary +2 ");
    }
}
