package io.thalweg.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.cli.api.Api;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Examples of views in Java that live in a cluster under a nemesis: what is appended for each while there are faults, and what is to have come of it in the
 * end, by a recount of its logs.
 */
enum WatchedExample {
    /** Some reminders come soon; others are far off, set anew and taken back. */
    REMINDERS("Reminders") {
        @Override
        List<String> logs() {
            return List.of("reminders", "reminded");
        }

        @Override
        Said next(Random random, long number) {
            boolean soon = number % 5 < 3;
            ObjectNode wish = object("user", "u" + random.nextInt(3));
            wish.put("id", soon ? "soon-" + number : "far-" + random.nextInt(7));
            wish.put("text", "t" + number);
            if (soon) {
                wish.put("at", Instant.now().plusMillis(random.nextInt(SOON_MS)).toString());
            } else if (number % 5 == 3) {
                wish.put("at", FAR);
            }
            return new Said("reminders", wish.get("user").asString(), wish);
        }

        @Override
        void requireRecounted(Asked asked) throws InterruptedException {
            List<String> due = new ArrayList<>();
            Map<String, String> toCome = new TreeMap<>();
            for (JsonNode wish : asked.events("reminders")) {
                String id = wish.get("id").asString();
                String of = wish.get("user").asString() + " " + id;
                String text = of + " " + wish.get("text").asString();
                if (id.startsWith("soon-")) {
                    due.add(text);
                } else if (wish.hasNonNull("at")) {
                    toCome.put(of, text);
                } else {
                    toCome.remove(of);
                }
            }
            Collections.sort(due);
            await().atMost(PATIENCE).untilAsserted(() -> {
                List<String> came = new ArrayList<>();
                for (JsonNode each : asked.events("reminded")) {
                    came.add(each.get("user").asString() + " " + each.get("id").asString() + " "
                            + each.get("text").asString());
                }
                Collections.sort(came);
                assertThat(came).as("reminded").isEqualTo(due);
            });
            List<String> left = new ArrayList<>();
            for (JsonNode pair : asked.select(view(), "reminders")) {
                for (Map.Entry<String, JsonNode> each : pair.get(1).properties()) {
                    left.add(pair.get(0).asString() + " " + each.getKey() + " "
                            + each.getValue().get("text").asString());
                }
            }
            assertThat(left).as("reminders to come").containsExactlyInAnyOrderElementsOf(toCome.values());
        }
    },

    /** Topics of some windows, some more popular than others. */
    TRENDS("Trends") {
        @Override
        List<String> logs() {
            return List.of("mentions");
        }

        @Override
        Said next(Random random, long number) {
            String topic = "t" + Math.min(random.nextInt(16), random.nextInt(16));
            ObjectNode mention = object("topic", topic);
            mention.put(
                    "at", BEGIN.plusSeconds(random.nextInt(MENTIONED_SECONDS)).toString());
            return new Said("mentions", topic, mention);
        }

        @Override
        void requireRecounted(Asked asked) throws InterruptedException {
            Map<String, Map<String, Long>> counts = new TreeMap<>();
            for (JsonNode mention : asked.events("mentions")) {
                long minute = Math.floorDiv(
                        Instant.parse(mention.get("at").asString()).getEpochSecond(), 60);
                for (long last = minute; last < minute + MINUTES; last++) {
                    counts.computeIfAbsent(Long.toString(last), _ -> new TreeMap<>())
                            .merge(mention.get("topic").asString(), 1L, Long::sum);
                }
            }
            Map<String, List<String>> wanted = new TreeMap<>();
            counts.forEach((window, topics) -> wanted.put(
                    window,
                    topics.entrySet().stream()
                            // Those of a count in the order of their names, as they are here.
                            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                            .limit(TOP)
                            .map(each -> each.getKey() + " " + each.getValue())
                            .toList()));
            Map<String, List<String>> windows = new TreeMap<>();
            for (JsonNode pair : asked.select(view(), "windows")) {
                windows.put(pair.get(0).asString(), ranked(pair.get(1)));
            }
            assertThat(windows).as("windows").isEqualTo(wanted);
            String window = Long.toString(Math.floorDiv(BEGIN.getEpochSecond(), 60) + MINUTES);
            JsonNode asOf = asked.post(
                    "/views/trends/queries/trends?consistency=linearizable",
                    "{\"at\":\"" + BEGIN.plusSeconds(60L * MINUTES) + "\"}");
            assertThat(ranked(asOf)).as("window %s", window).isEqualTo(wanted.getOrDefault(window, List.of()));
        }

        private static List<String> ranked(JsonNode topics) {
            List<String> all = new ArrayList<>();
            topics.forEach(each -> all.add(
                    each.get("topic").asString() + " " + each.get("mentions").asLong()));
            return all;
        }
    };

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    /** Of mentions, from the first to the last. */
    private static final int MENTIONED_SECONDS = 1_800;

    /** As {@code Trends} has them. */
    private static final int MINUTES = 10;

    private static final int TOP = 10;
    private static final int SOON_MS = 2_000;
    private static final String FAR = "2100-01-01T00:00:00Z";

    private final String className;

    WatchedExample(String className) {
        this.className = className;
    }

    /** What is appended: to which log, under which key. */
    record Said(String log, String key, ObjectNode event) {}

    /** What a cluster has in the end. */
    interface Asked {
        /** All of a log, by its name; those of a key in their order. */
        List<JsonNode> events(String log) throws InterruptedException;

        JsonNode post(String path, String body) throws InterruptedException;

        /** All pairs of an index: each key, and what stands there. */
        default List<JsonNode> select(String view, String index) throws InterruptedException {
            String path = "/views/" + view + "/indexes/" + index + "/select?consistency=linearizable";
            List<JsonNode> all = new ArrayList<>();
            String page = "";
            while (true) {
                JsonNode found = post(path, "{\"path\":[[\"all\"]],\"limit\":1000" + page + "}");
                found.get("values").forEach(all::add);
                JsonNode next = found.path("next");
                if (!next.isString()) {
                    return all;
                }
                page = ",\"page\":\"" + next.asString() + "\"";
            }
        }
    }

    /**
     * One that is deployed.
     *
     * @param ids of logs by their names
     */
    record Deployed(WatchedExample example, Map<String, String> ids) {
        String id(String log) {
            return Objects.requireNonNull(ids.get(log), log);
        }
    }

    /** One by the seed, so that a build takes no longer; or those that somebody names. */
    static List<WatchedExample> chosen(long seed) {
        List<WatchedExample> named = Stream.of(
                        System.getProperty("thalweg.nemesis.views", "").split(",", -1))
                .filter(view -> !view.isBlank())
                .map(WatchedExample::valueOf)
                .toList();
        return named.isEmpty() ? List.of(values()[Math.floorMod(seed, values().length)]) : named;
    }

    String view() {
        return name().toLowerCase(Locale.ROOT);
    }

    String className() {
        return className;
    }

    /** Those that it follows, and those that it emits to. */
    abstract List<String> logs();

    /**
     * What is appended next.
     *
     * @param number from 1
     */
    abstract Said next(Random random, long number);

    /** Has the view's indexes, and what it emitted, be what comes of its logs. */
    abstract void requireRecounted(Asked asked) throws InterruptedException;

    private static ObjectNode object(String name, String value) {
        return Api.JSON.createObjectNode().put(name, value);
    }
}
