package io.thalweg.server.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.cluster.datastore.ShardRole;
import io.thalweg.cluster.datastore.ShardStatus;
import io.thalweg.server.form.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The rules take what the SDK takes, and refuse what it refuses; and each of our forms is taken, those too that a healthy cluster never shows. */
final class SdkDocumentsTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String NODE = """
        {"address":{"client":"10.0.0.1:7000","member":"10.0.0.1:7001","admin":"10.0.0.1:7002"},
         "agent_version":{"number":"1.0.0","checkout":"abc","taint":"clean"},
         "attributes":{"example.org/zone":"z1","example.org/weight":3,"example.org/leader":true,"example.org/note":null},
         "node_id":"n1","node_status":"HEALTHY","store_id":"example.org/store",
         "store_version":{"number":"1.0.0","checkout":null,"extra":null}}\
        """;

    private static final String SHARDS = """
        {"shards":[{"id":"p0","role":"Primary","commit_offset":{"unit":{"unit":"events"},"value":42},"lag":null},
                   {"id":"p1","role":{"Other":"quarantined"},"commit_offset":{"unit":"milliseconds","value":1700000000000},
                    "lag":{"unit":"milliseconds","value":12}}]}\
        """;

    private static final String ACTION = """
        {"args":null,"created_time":"2026-01-02T03:04:05.5Z","id":"00000000-0000-4000-8000-000000000001","kind":"a/b",
         "metadata":{"by":"me"},"scheduled_time":"2026-01-02T03:04:06Z","state":{"phase":"NEW"}}\
        """;

    private static final String ACTIONS = """
        {"actions":[{"id":"00000000-0000-4000-8000-000000000001","kind":"a/b","phase":"RUNNING"}]}\
        """;

    private static final String REFUSAL = """
        {"error":true,"error_msg":"no"}\
        """;

    private static JsonNode tree(String json) {
        return JSON.readTree(json);
    }

    @Test
    void whatIsAsTheRulesSayIsTaken() {
        SdkDocuments.node(tree(NODE));
        SdkDocuments.node(tree(NODE.replace("\"HEALTHY\"", "{\"UNKNOWN\":\"no answer\"}")));
        SdkDocuments.node(tree(NODE.replace("\"node_id\"", "\"more\":[1],\"node_id\"")));
        SdkDocuments.store(tree("{\"cluster_id\":\"c1\",\"attributes\":{\"a/b\":1.5}}"));
        SdkDocuments.shards(tree(SHARDS));
        SdkDocuments.shards(tree("{\"shards\":[]}"));
        SdkDocuments.action(tree(ACTION));
        SdkDocuments.actions(tree(ACTIONS));
        SdkDocuments.refusal(tree(REFUSAL));
    }

    private static Arguments wrong(Consumer<JsonNode> rule, String right, String from, String to) {
        assertThat(right).contains(from);
        return Arguments.of(rule, right.replace(from, to));
    }

    /** Among them each form that the documents show and the SDK does not take. */
    static Stream<Arguments> refused() {
        Consumer<JsonNode> node = SdkDocuments::node;
        Consumer<JsonNode> shards = SdkDocuments::shards;
        Consumer<JsonNode> actions = SdkDocuments::actions;
        return Stream.of(
                wrong(node, NODE, "\"HEALTHY\"", "\"healthy\""),
                wrong(node, NODE, "\"HEALTHY\"", "\"UNKNOWN\""),
                wrong(node, NODE, "\"HEALTHY\"", "null"),
                wrong(node, NODE, ",\"taint\":\"clean\"", ""),
                wrong(node, NODE, "\"checkout\":\"abc\"", "\"checkout\":null"),
                wrong(node, NODE, "\"example.org/weight\":3", "\"example.org/weight\":{\"kg\":3}"),
                wrong(node, NODE, "\"node_id\"", "\"id\""),
                wrong(node, NODE, "\"address\"", "\"addresses\""),
                wrong(node, NODE, "\"10.0.0.1:7001\"", "null"),
                Arguments.of((Consumer<JsonNode>) SdkDocuments::store, "{\"attributes\":{}}"),
                wrong(shards, SHARDS, "\"id\":\"p0\"", "\"shard_id\":\"p0\""),
                wrong(shards, SHARDS, "\"id\":\"p0\"", "\"id\":0"),
                wrong(shards, SHARDS, "\"Primary\"", "\"SECONDARY\""),
                wrong(shards, SHARDS, "\"Primary\"", "\"primary\""),
                wrong(shards, SHARDS, "\"Primary\"", "\"Other\""),
                wrong(shards, SHARDS, "{\"unit\":\"events\"}", "\"events\""),
                wrong(shards, SHARDS, "{\"unit\":{\"unit\":\"events\"},\"value\":42}", "null"),
                wrong(shards, SHARDS, "\"value\":42", "\"value\":42.0"),
                wrong(shards, SHARDS, "\"value\":42", "\"value\":9223372036854775808"),
                wrong(shards, SHARDS, "\"value\":12", "\"value\":\"12\""),
                Arguments.of(shards, "[{\"id\":\"p0\"}]"),
                Arguments.of(actions, "[{\"id\":\"00000000-0000-4000-8000-000000000001\"}]"),
                wrong(actions, ACTIONS, "\"phase\"", "\"state\""),
                wrong(SdkDocuments::action, ACTION, "05.5Z", "05.5"),
                wrong(SdkDocuments::action, ACTION, "\"me\"", "null"),
                wrong(SdkDocuments::refusal, REFUSAL, "true", "\"no\""));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatIsOtherwiseIsRefused(Consumer<JsonNode> rule, String document) {
        JsonNode tree = tree(document);
        assertThatThrownBy(() -> rule.accept(tree)).isInstanceOf(SdkDocuments.Refused.class);
    }

    static List<ShardRole> roles() {
        return List.of(
                new ShardRole.Primary(),
                new ShardRole.Secondary(),
                new ShardRole.Recovering(),
                new ShardRole.Other("halted: \"quoted\""));
    }

    @ParameterizedTest
    @MethodSource("roles")
    void eachRoleIsTaken(ShardRole role) {
        for (long value : List.of(0L, Long.MAX_VALUE)) {
            for (OptionalLong lag : List.of(OptionalLong.empty(), OptionalLong.of(value))) {
                SdkDocuments.shards(tree(new String(
                        Json.write(
                                new AgentForms.Shards(List.of(AgentForms.shard(new ShardStatus(1, role, value, lag))))),
                        StandardCharsets.UTF_8)));
            }
        }
    }
}
