package io.thalweg.cli.local.recorded;

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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Examples of views in Java that live in a cluster under a nemesis: what is appended for each while there are faults, and what is to have come of it in the
 * end, by a recount of its logs.
 */
public enum WatchedExample {
    /** Some reminders come soon; others are far off, set anew and taken back. */
    REMINDERS("Reminders") {
        @Override
        public List<String> logs() {
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
        void requireRecounted(Deployed its, Asked asked) throws InterruptedException {
            List<String> due = new ArrayList<>();
            Map<String, String> toCome = new TreeMap<>();
            for (JsonNode wish : asked.events(its.id("reminders"))) {
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
                for (JsonNode each : asked.events(its.id("reminded"))) {
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
        public List<String> logs() {
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
        void requireRecounted(Deployed its, Asked asked) throws InterruptedException {
            Map<String, Map<String, Long>> counts = new TreeMap<>();
            for (JsonNode mention : asked.events(its.id("mentions"))) {
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
    },

    /** Links and who follows whom. */
    REACH("Reach") {
        @Override
        public List<String> logs() {
            return List.of("shares", "followings");
        }

        @Override
        Said next(Random random, long number) {
            String one = "u" + random.nextInt(15);
            String other = "u" + random.nextInt(15);
            if (number % 3 == 0) {
                String link = "l" + random.nextInt(LINKS);
                return new Said("shares", link, object("link", link).put("user", one));
            }
            return new Said("followings", other, object("from", one).put("to", other));
        }

        @Override
        void requireRecounted(Deployed its, Asked asked) throws InterruptedException {
            Map<String, Set<String>> sharers = new TreeMap<>();
            for (JsonNode share : asked.events(its.id("shares"))) {
                add(sharers, text(share, "link"), text(share, "user"));
            }
            Map<String, Set<String>> followers = new TreeMap<>();
            for (JsonNode following : asked.events(its.id("followings"))) {
                add(followers, text(following, "to"), text(following, "from"));
            }
            assertThat(sets(asked.select(view(), "sharers"))).as("sharers").isEqualTo(sharers);
            assertThat(sets(asked.select(view(), "followers"))).as("followers").isEqualTo(followers);
            for (int i = 0; i < LINKS; i++) {
                Set<String> who = sharers.getOrDefault("l" + i, Set.of());
                Set<String> reached = new TreeSet<>();
                who.forEach(user -> reached.addAll(followers.getOrDefault(user, Set.of())));
                JsonNode answer =
                        asked.post("/views/reach/queries/reach?consistency=linearizable", "{\"link\":\"l" + i + "\"}");
                assertThat(List.of(
                                answer.get("sharers").asInt(),
                                answer.get("people").asInt()))
                        .as("reach of l" + i)
                        .containsExactly(who.size(), reached.size());
            }
        }
    },

    /** Texts whose editors have not seen each other's edits. */
    EDITOR("Editor") {
        @Override
        public List<String> logs() {
            return List.of("edits");
        }

        @Override
        Said next(Random random, long number) {
            String document = "d" + number / EDITS;
            ObjectNode edit = object("document", document);
            edit.put("editor", "e" + random.nextInt(3)).put("seen", 0).put("at", 0);
            edit.put("insert", "<" + number + ">").put("delete", 0);
            return new Said("edits", document, edit);
        }

        // What comes in at a place that others have put something to stands behind theirs.
        @Override
        void requireRecounted(Deployed its, Asked asked) throws InterruptedException {
            Map<String, String> wanted = new TreeMap<>();
            for (JsonNode edit : asked.events(its.id("edits"))) {
                wanted.merge(text(edit, "document"), text(edit, "insert"), String::concat);
            }
            Map<String, String> texts = new TreeMap<>();
            for (JsonNode pair : asked.select(view(), "texts")) {
                texts.put(pair.get(0).asString(), pair.get(1).asString());
            }
            assertThat(texts).as("texts").isEqualTo(wanted);
        }
    },

    /** Some follow each other, and don't any more; and somebody posts whom others follow. */
    SOCIAL("Social") {
        @Override
        public List<String> logs() {
            return List.of("profiles", "follows", "posts");
        }

        @Override
        Said next(Random random, long number) {
            if (number <= USERS + 1) {
                String user = number <= USERS ? "u" + number : STAR;
                ObjectNode profile = object("user", user).put("name", user).put("deleted", false);
                return new Said("profiles", user, profile, true);
            }
            if (number <= USERS + 1 + FANS) {
                return follow("fan" + number, STAR, true, true);
            }
            if (number % 3 == 0) {
                return new Said("posts", STAR, object("user", STAR).put("post", "p" + number));
            }
            String from = "u" + (1 + random.nextInt(USERS));
            return follow(from, "u" + (1 + random.nextInt(USERS)), random.nextInt(3) > 0, false);
        }

        private static Said follow(String from, String to, boolean follow, boolean full) {
            return new Said("follows", from, object("from", from).put("to", to).put("follow", follow), full);
        }

        @Override
        void requireRecounted(Deployed its, Asked asked) throws InterruptedException {
            Map<String, Set<String>> followers = new TreeMap<>();
            Map<String, Set<String>> following = new TreeMap<>();
            for (JsonNode each : asked.events(its.id("follows"))) {
                String from = text(each, "from");
                String to = text(each, "to");
                if (each.get("follow").asBoolean()) {
                    add(followers, to, from);
                    add(following, from, to);
                } else {
                    remove(followers, to, from);
                    remove(following, from, to);
                }
            }
            List<String> posts = new ArrayList<>();
            for (JsonNode post : asked.events(its.id("posts"))) {
                posts.add(text(post, "post"));
            }
            List<String> newest = posts.reversed().stream().limit(TIMELINE).toList();
            assertThat(sets(asked.select(view(), "followers"))).as("followers").isEqualTo(followers);
            assertThat(sets(asked.select(view(), "following"))).as("following").isEqualTo(following);
            Map<String, List<String>> wanted = new TreeMap<>();
            if (!posts.isEmpty()) {
                followers.getOrDefault(STAR, Set.of()).forEach(fan -> wanted.put(fan, newest));
            }
            Map<String, List<String>> timelines = new TreeMap<>();
            for (JsonNode pair : asked.select(view(), "timeline")) {
                List<String> timeline = new ArrayList<>();
                pair.get(1).forEach(entry -> timeline.add(text(entry, "post")));
                timelines.put(pair.get(0).asString(), timeline);
            }
            assertThat(timelines).as("timelines").isEqualTo(wanted);
        }
    },

    /** Warehouses in pairs, which order from each other and take each other's payments; some more of them now and then, so that none has too much. */
    TPCC("Tpcc") {
        @Override
        public List<String> logs() {
            return List.of("warehouses", "orders", "payments", "deliveries");
        }

        @Override
        Said next(Random random, long number) {
            String pair = "w" + number / OF_A_PAIR;
            // The first ones of a pair have it made before anything is ordered there.
            long of = number % OF_A_PAIR;
            if (number < 3 || of < 2) {
                String made = pair + (number % 2 == 0 ? "a" : "b");
                ObjectNode load = object("warehouse", made);
                load.put("customers", CUSTOMERS).put("items", ITEMS);
                return new Said("warehouses", made, load, true);
            }
            String at = pair + (random.nextBoolean() ? "a" : "b");
            String other = random.nextInt(5) > 0 ? at : pair + (random.nextBoolean() ? "a" : "b");
            ObjectNode event = object("warehouse", at);
            if (of % 9 == 0) {
                return new Said("deliveries", at, event.put("carrier", 1 + random.nextInt(10)));
            }
            event.put("district", 1 + random.nextInt(10));
            event.put("customer", 1 + random.nextInt(CUSTOMERS));
            if (of % 2 == 0) {
                event.put("home", other).put("home_district", 1 + random.nextInt(10));
                return new Said("payments", at, event.put("amount", 1 + random.nextInt(1_000)));
            }
            ArrayNode lines = event.putArray("lines");
            for (int i = 0; i < 3; i++) {
                lines.add(object("supplier", i == 0 ? other : at)
                        .put("item", 1 + random.nextInt(ITEMS))
                        .put("quantity", 1 + random.nextInt(10)));
            }
            return new Said("orders", at, event);
        }

        @Override
        void requireRecounted(Deployed its, Asked asked) throws InterruptedException {
            Map<String, Long> paid = new TreeMap<>();
            for (JsonNode payment : asked.events(its.id("payments"))) {
                paid.merge(text(payment, "warehouse"), payment.get("amount").asLong(), Long::sum);
            }
            Map<String, Long> taken = new TreeMap<>();
            for (JsonNode order : asked.events(its.id("orders"))) {
                order.get("lines")
                        .forEach(line -> taken.merge(
                                text(line, "supplier") + " " + line.get("item").asInt(),
                                line.get("quantity").asLong(),
                                Long::sum));
            }
            Map<String, Long> received = new TreeMap<>();
            for (JsonNode pair : asked.select(view(), "ytd")) {
                count(received, pair.get(0).asString(), pair.get(1).asLong());
            }
            assertThat(received).as("money of warehouses").isEqualTo(paid);
            Map<String, Long> gone = new TreeMap<>();
            for (JsonNode pair : asked.select(view(), "stock")) {
                for (Map.Entry<String, JsonNode> item : pair.get(1).properties()) {
                    count(
                            gone,
                            pair.get(0).asString() + " " + item.getKey(),
                            item.getValue().get("ytd").asLong());
                }
            }
            assertThat(gone).as("what was taken").isEqualTo(taken);
            for (JsonNode load : asked.events(its.id("warehouses"))) {
                JsonNode violated = asked.post(
                        "/views/tpcc/queries/violated?consistency=linearizable&timeout=15000",
                        object("warehouse", text(load, "warehouse")).toString());
                assertThat(violated.toString()).as(text(load, "warehouse")).isEqualTo("[]");
            }
        }

        private static void count(Map<String, Long> counts, String what, long count) {
            if (count > 0) {
                counts.put(what, count);
            }
        }
    },

    /** Orders of what there is enough of, and of what there is not; some are paid. Not beside {@link #TPCC}: some of their logs have the same names. */
    SHOP("Shop") {
        @Override
        public List<String> logs() {
            return List.of("stock", "orders", "decisions");
        }

        @Override
        Said next(Random random, long number) {
            if (number <= 2) {
                String item = number == 1 ? "pen" : "rare";
                return new Said("stock", item, object("item", item).put("count", number == 1 ? 1_000_000 : 50), true);
            }
            if (number % 2 == 0) {
                String order = "o" + Math.max(3, number - 11);
                return new Said("orders", order, object("order", order).put("paid", true));
            }
            ObjectNode order = object("order", "o" + number);
            ArrayNode lines = order.putArray("lines");
            lines.add(object("item", "pen").put("count", 1 + random.nextInt(3)));
            if (random.nextInt(4) == 0) {
                lines.add(object("item", "rare").put("count", 1));
            }
            return new Said("orders", "o" + number, order);
        }

        @Override
        void requireRecounted(Deployed its, Asked asked) throws InterruptedException {
            Set<String> ordered = new TreeSet<>();
            for (JsonNode order : asked.events(its.id("orders"))) {
                if (order.has("lines")) {
                    ordered.add(text(order, "order"));
                }
            }
            Map<String, Long> delivered = new TreeMap<>();
            for (JsonNode delivery : asked.events(its.id("stock"))) {
                delivered.merge(text(delivery, "item"), delivery.get("count").asLong(), Long::sum);
            }
            // Again if they differ: the time of what is held may be over between two readings.
            await().atMost(PATIENCE).untilAsserted(() -> {
                Map<String, Set<String>> states = new TreeMap<>();
                Set<String> known = new TreeSet<>();
                Map<String, Long> left = new TreeMap<>(delivered);
                for (JsonNode pair : asked.select(view(), "orders")) {
                    String state = text(pair.get(1), "state");
                    known.add(pair.get(0).asString());
                    add(states, state, pair.get(0).asString());
                    if (state.equals("held") || state.equals("paid")) {
                        pair.get(1)
                                .get("lines")
                                .forEach(line -> left.merge(
                                        text(line, "item"), -line.get("count").asLong(), Long::sum));
                    }
                }
                assertThat(known).as("orders").isEqualTo(ordered);
                assertThat(states.keySet()).isSubsetOf("held", "paid", "refused", "released");
                Map<String, Long> stock = new TreeMap<>();
                for (JsonNode pair : asked.select(view(), "stock")) {
                    stock.put(pair.get(0).asString(), pair.get(1).asLong());
                }
                assertThat(stock).as("stock").isEqualTo(left);
                List<JsonNode> decisions = asked.events(its.id("decisions"));
                for (String state : List.of("paid", "refused", "released")) {
                    assertThat(orders(decisions, state))
                            .as(state)
                            .isEqualTo(List.copyOf(states.getOrDefault(state, Set.of())));
                }
            });
        }

        private static List<String> orders(List<JsonNode> decisions, String state) {
            return decisions.stream()
                    .filter(decision -> text(decision, "state").equals(state))
                    .map(decision -> text(decision, "order"))
                    .sorted()
                    .toList();
        }
    };

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    /** Of mentions, from the first to the last. */
    private static final int MENTIONED_SECONDS = 1_800;

    /** As {@code Trends} has them. */
    private static final int MINUTES = 10;

    private static final int TOP = 10;

    /** Links of {@code Reach}. */
    private static final int LINKS = 5;

    /** Of a document: each goes over all that came before it. */
    private static final int EDITS = 50;

    private static final int SOON_MS = 2_000;

    /** Of {@code Social}: those who follow each other, who posts, who follow him, and how many posts {@code Social} keeps for them. */
    private static final int USERS = 7;

    private static final String STAR = "star";
    private static final int FANS = 3;
    private static final int TIMELINE = 800;

    /** Of {@code Tpcc}: events of a pair of warehouses, and what each has. */
    private static final int OF_A_PAIR = 400;

    private static final int CUSTOMERS = 3;
    private static final int ITEMS = 20;

    private static final String FAR = "2100-01-01T00:00:00Z";

    private final String className;

    WatchedExample(String className) {
        this.className = className;
    }

    /**
     * What is appended: to which log, under which key.
     *
     * @param full whether the view is to have processed it before anything else comes
     */
    record Said(String log, String key, ObjectNode event, boolean full) {
        Said(String log, String key, ObjectNode event) {
            this(log, key, event, false);
        }
    }

    /**
     * One that is deployed.
     *
     * @param ids of logs by their names
     */
    public record Deployed(WatchedExample example, Map<String, String> ids) {
        String id(String log) {
            return Objects.requireNonNull(ids.get(log), log);
        }
    }

    /** One by the seed, so that a build takes no longer; or those that somebody names. */
    public static List<WatchedExample> chosen(long seed) {
        List<WatchedExample> named = Stream.of(
                        System.getProperty("thalweg.nemesis.views", "").split(",", -1))
                .filter(view -> !view.isBlank())
                .map(WatchedExample::valueOf)
                .toList();
        return named.isEmpty() ? List.of(values()[Math.floorMod(seed, values().length)]) : named;
    }

    /** The name that it is deployed under. */
    public String view() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** In the package of the examples. */
    public String className() {
        return className;
    }

    /** Those that it follows, and those that it emits to. */
    public abstract List<String> logs();

    /**
     * What is appended next.
     *
     * @param number from 1; the same again when what the view is to have processed was not acknowledged, which is then the same, too
     */
    abstract Said next(Random random, long number);

    /** Has the view's indexes, and what it emitted, be what comes of its logs. */
    abstract void requireRecounted(Deployed its, Asked asked) throws InterruptedException;

    private static ObjectNode object(String name, String value) {
        return Api.JSON.createObjectNode().put(name, value);
    }

    private static String text(JsonNode event, String field) {
        return event.get(field).asString();
    }

    private static void add(Map<String, Set<String>> sets, String key, String element) {
        sets.computeIfAbsent(key, _ -> new TreeSet<>()).add(element);
    }

    private static void remove(Map<String, Set<String>> sets, String key, String element) {
        sets.computeIfPresent(key, (_, its) -> its.remove(element) && its.isEmpty() ? null : its);
    }

    /** Those of an index that have something. */
    private static Map<String, Set<String>> sets(List<JsonNode> pairs) {
        Map<String, Set<String>> all = new TreeMap<>();
        pairs.forEach(pair ->
                pair.get(1).forEach(element -> add(all, pair.get(0).asString(), element.asString())));
        return all;
    }
}
