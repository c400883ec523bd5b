package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.config.NodeOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a view emits to partitions of a log that lie in another shard than its steps arrives there once and in order, also when its node starts again meanwhile. */
final class OutboxNodeTest extends OnNode {
    private static final int PARTITIONS = 4;
    private static final int EVENTS = 210;
    private static final int KEYS = 16;

    private final Map<String, List<String>> appended = new TreeMap<>();

    @Override
    NodeOptions options(NodeOptions usual) {
        return usual.withDataShards(2);
    }

    private void append(int number) throws Exception {
        String key = "k" + number % KEYS;
        Answer answer = post("/logs/" + log("in") + "/append", "e" + number, "Thalweg-Key", key);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        appended.computeIfAbsent(key, _ -> new ArrayList<>()).add("e" + number);
    }

    private Map<String, List<String>> emitted() throws Exception {
        Map<String, List<String>> emitted = new TreeMap<>();
        for (JsonNode event : send(
                        "GET", "/logs/" + log("out") + "/events?consistency=linearizable&limit=1000", new byte[0])
                .json()
                .get("events")) {
            emitted.computeIfAbsent(event.get("key").asString(), _ -> new ArrayList<>())
                    .add(event.get("payload").asString());
        }
        return emitted;
    }

    private void awaitEmitted() throws Exception {
        Map<String, List<String>> emitted = emitted();
        for (long end = System.nanoTime() + 60_000_000_000L; !emitted.equals(appended); emitted = emitted()) {
            assertThat(System.nanoTime()).as("in time: %s", emitted).isLessThan(end);
        }
    }

    @Test
    void whatIsEmittedToAnotherShardArrivesOnceAndInOrder() throws Exception {
        Answer made = post("/logs", "{\"name\":\"out\",\"partitions\":" + PARTITIONS + "}");
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        Set<Integer> shards = new TreeSet<>();
        for (JsonNode partition :
                send("GET", "/logs/" + log("out"), new byte[0]).json().get("partitions")) {
            shards.add(partition.get("shard").asInt());
        }
        assertThat(shards).as("the view has its steps in one of them").hasSize(2);
        deploy("echo", NodeTest.Echo.class, PARTITIONS);
        for (int i = 0; i < EVENTS; i++) {
            append(i);
            if (i == EVENTS / 3 || i == 2 * EVENTS / 3) {
                restart(); // while some of it may be on its way
            }
        }
        awaitEmitted();
        restart();
        append(EVENTS); // behind what may be sent once more
        awaitEmitted();
    }
}
