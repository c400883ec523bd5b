package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.LiveIndex;
import io.thalweg.client.LogClient;
import io.thalweg.index.Index;
import io.thalweg.index.path.Control;
import io.thalweg.index.path.Filters;
import io.thalweg.index.path.Lists;
import io.thalweg.index.path.Maps;
import io.thalweg.index.path.Sets;
import io.thalweg.index.schema.Schema;
import io.thalweg.model.change.Change;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Lookup;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Following what a path finds, and what it found earlier. */
final class SubscribeNodeTest extends OnNode {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FOLLOWERS = 200;
    private static final int STEPS = 60;

    /** Of which paths that are followed have half, and a tenant a half of that. */
    @Override
    NodeOptions options(NodeOptions usual) {
        return usual.withBodyMemoryBytes(64 << 20);
    }

    /** Of each key the texts that it got, newest first; one that is there goes. */
    public static final class Notes implements View {
        static final Index<Map<String, List<String>>> NOTES =
                Index.of("notes", Schema.map(Schema.of(String.class), Schema.list(Schema.of(String.class))));

        private static final AtomicLong ASKED = new AtomicLong();
        private static final String LET = "thalweg.notes.let";

        /** Who has the note that was written last, and how often the query was asked. */
        public record Newest(String text, long asked) {}

        private static @Nullable String newest(Lookup at, String key) {
            List<String> notes = at.index(NOTES).at(Maps.key(key)).orElse(List.of());
            return notes.isEmpty() ? null : notes.getFirst();
        }

        @Override
        public void declare(Declaration view) {
            view.index(NOTES);
            Schema<String> string = Schema.of(String.class);
            view.query(Query.at("newest", string, string, key -> key, Notes::newest)
                    .from(NOTES, key -> Maps.key(key)));
            view.query(Query.at(
                            "counted",
                            string,
                            Schema.of(Newest.class),
                            key -> key,
                            (at, key) -> new Newest(String.valueOf(newest(at, key)), ASKED.incrementAndGet()))
                    .from(NOTES, key -> Maps.must(key)));
            view.query(Query.at("sleeps", string, string, key -> key, (_, key) -> {
                        Thread.sleep(PATIENCE);
                        return key;
                    })
                    .from(NOTES, key -> Maps.key(key)));
            view.query(Query.at("stays", string, string, key -> key, (_, key) -> {
                        while (!Boolean.getBoolean(LET)) {
                            LockSupport.parkNanos(1_000_000); // and hears of no interrupt
                        }
                        return key;
                    })
                    .from(NOTES, key -> Maps.key(key)));
            view.query(Query.at("silent", string, string, key -> key, Notes::newest));
            view.log(
                    "notes",
                    Codec.text(),
                    (step, text) -> step.index(NOTES).at(Maps.key(step.key())).update(before -> {
                        List<String> now = before == null ? new ArrayList<>() : new ArrayList<>(before);
                        if (!now.remove(text)) {
                            now.addFirst(text);
                        }
                        return now;
                    }));
        }
    }

    private String note(String log, String key, String text) throws Exception {
        Answer answer = post("/logs/" + log + "/append", text, "Thalweg-Key", key);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.position();
    }

    @Test
    void aCopyIsWhatASelectFindsAndHearsOnlyWhatChanged() throws Exception {
        deploy("notes", Notes.class, 2);
        String log = log("notes");
        note(log, "alice", "first");
        // Whoever follows before the view has taken the first note hears of it, too.
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        LogClient client = LogClient.open(URI.create(url()), token(), PATIENCE);
        BlockingQueue<Change> heard = new LinkedBlockingQueue<>(); // told behind what can be seen
        try (LiveIndex one = client.follow("notes", "notes", "[[\"key\",\"alice\"]]", heard::addAll);
                LiveIndex all = client.follow("notes", "notes", "[[\"all\"]]", _ -> {})) {
            assertThat(one.await(now -> now.equals(List.of(List.of("first"))), PATIENCE))
                    .isTrue();
            note(log, "bob", "other");
            note(log, "alice", "second");
            assertThat(one.await(now -> now.equals(List.of(List.of("second", "first"))), PATIENCE))
                    .isTrue();
            assertThat(heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(new Change.Insert(List.of(0, 0), "second"));
            note(log, "alice", "first");
            assertThat(one.await(now -> now.equals(List.of(List.of("second"))), PATIENCE))
                    .isTrue();
            assertThat(heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(new Change.Remove(List.of(0, 1)));
            long seed = Long.getLong("thalweg.seed", new Random().nextLong());
            System.out.println("seed " + seed);
            Random random = new Random(seed);
            String last = "";
            for (int i = 0; i < 60; i++) {
                last = note(log, "key-" + random.nextInt(5), "text-" + random.nextInt(4));
            }
            JsonNode found = select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
            Object wanted = JSON.readValue(found.toString(), List.class);
            assertThat(all.await(now -> now.equals(wanted), PATIENCE))
                    .as("seed %s, %s", seed, last)
                    .isTrue();
            assertThat(List.of(one.begun(), all.begun())).as("never begun anew").containsExactly(1, 1);
        }
    }

    /** Of each key how many texts of each length it got. */
    public static final class Lengths implements View {
        static final Index<Map<String, Map<Long, Long>>> LENGTHS =
                Index.of("lengths", Schema.map(String.class, Schema.map(Long.class, Long.class)));

        @Override
        public void declare(Declaration view) {
            view.index(LENGTHS);
            view.log(
                    "texts",
                    Codec.text(),
                    (step, text) -> step.index(LENGTHS)
                            .at(Maps.key(step.key()), Maps.key((long) text.length()))
                            .update(count -> count == null ? 1 : count + 1));
        }
    }

    @Test
    void whoFollowsARangeHearsOfWhatIsInItAndOfNothingElse() throws Exception {
        deploy("lengths", Lengths.class, 2);
        String log = log("texts");
        for (String text : List.of("a", "bb", "ccc", "dddd")) {
            note(log, "alice", text);
        }
        String path = "[[\"key\",\"alice\"],[\"sorted_map_range\",2,4]]";
        JsonNode found = select("lengths", "lengths", path, "?consistency=linearizable");
        assertThat(found.toString()).isEqualTo("[{\"2\":1,\"3\":1}]");
        LogClient client = LogClient.open(URI.create(url()), token(), PATIENCE);
        BlockingQueue<Change> heard = new LinkedBlockingQueue<>();
        try (LiveIndex some = client.follow("lengths", "lengths", path, heard::addAll)) {
            assertThat(some.await(now -> now.equals(List.of(Map.of("2", 1, "3", 1))), PATIENCE))
                    .isTrue();
            note(log, "alice", "z"); // shorter than the range
            note(log, "alice", "yyyy"); // its end, which is not in it
            note(log, "bob", "xx");
            note(log, "alice", "www");
            assertThat(heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(new Change.Set(List.of(0, "3"), 2));
            assertThat(some.values()).isEqualTo(List.of(Map.of("2", 1, "3", 2)));
            assertThat(heard).isEmpty();
            assertThat(some.begun()).isEqualTo(1);
        }
    }

    /** Writes of the kinds that Rama once told wrongly to those who follow. */
    public static final class Kinds implements View {
        static final Index<Map<String, Set<Long>>> SETS =
                Index.of("sets", Schema.map(String.class, Schema.set(Long.class)));
        static final Index<Map<String, List<Long>>> LISTS =
                Index.of("lists", Schema.map(String.class, Schema.list(Long.class)));

        @Override
        public void declare(Declaration view) {
            view.index(SETS);
            view.index(LISTS);
            view.log("commands", Codec.text(), (step, command) -> {
                var set = step.index(SETS).at(Maps.key(step.key()));
                var list = step.index(LISTS).at(Maps.key(step.key()));
                switch (command) {
                    case "fill" -> {
                        set.set(Set.of(1L, 2L, 3L, 4L));
                        list.set(List.of(1L, 2L, 3L, 4L));
                    }
                    case "subset" -> set.then(Sets.subset(2L, 9L)).set(Set.of(7L));
                    case "many" -> list.set(LongStream.range(0, 3_000).boxed().toList());
                    case "more" ->
                        list.update(before -> before == null
                                ? List.of()
                                : before.stream().map(each -> each + 1).toList());
                    case "reverse" ->
                        list.then(Control.<List<Long>, Long>subselect(Lists.elements()))
                                .update(List::reversed);
                    case "remove" ->
                        list.then(Control.<List<Long>, Long>subselect(
                                        Lists.<List<Long>, Long>elements().then(Filters.greaterThan(2L))))
                                .remove();
                    default -> throw new IllegalArgumentException(command);
                }
            });
        }
    }

    @Test
    void whoFollowsHasWhatSubsetsAndSubselectsWroteFromTheFirstElementOn() throws Exception {
        deploy("kinds", Kinds.class, 2);
        String log = log("commands");
        note(log, "a", "fill");
        Map<String, String> paths = Map.of(
                "[[\"key\",\"a\"]]", "sets",
                "[[\"key\",\"a\"],[\"subset\",2,7,9]]", "sets",
                "[[\"key\",\"a\"],[\"stay\"]]", "lists",
                "[[\"key\",\"a\"],[\"subselect\",[[\"all\"]]]]", "lists");
        select("kinds", "lists", "[[\"all\"]]", "?consistency=linearizable");
        LogClient client = LogClient.open(URI.create(url()), token(), PATIENCE);
        Map<String, LiveIndex> copies = new HashMap<>();
        try {
            paths.forEach((path, index) -> copies.put(path, client.follow("kinds", index, path, _ -> {})));
            for (LiveIndex copy : copies.values()) {
                assertThat(copy.await(_ -> true, PATIENCE)).isTrue();
            }
            // By the two behind "many" more becomes different than there is, and who follows hears of it all the same.
            for (String command : List.of("subset", "reverse", "remove", "many", "more", "more", "fill", "remove")) {
                note(log, "a", command);
                for (Map.Entry<String, String> path : paths.entrySet()) {
                    JsonNode found = select("kinds", path.getValue(), path.getKey(), "?consistency=linearizable");
                    Object wanted = JSON.readValue(found.toString(), List.class);
                    LiveIndex copy = Objects.requireNonNull(copies.get(path.getKey()));
                    assertThat(copy.await(now -> now.equals(wanted), PATIENCE))
                            .as("%s by %s: %s, wanted %s", command, path, copy.values(), wanted)
                            .isTrue();
                    assertThat(copy.begun()).isEqualTo(1);
                }
            }
            assertThat(select("kinds", "lists", "[[\"key\",\"a\"]]", "").toString())
                    .isEqualTo("[[1,2]]");
        } finally {
            copies.values().forEach(LiveIndex::close);
        }
    }

    @Test
    void aQueryIsFollowedAndAskedAgainOnlyWhenAStepReachesIntoItsPath() throws Exception {
        deploy("notes", Notes.class, 2);
        String log = log("notes");
        note(log, "alice", "first");
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        LogClient client = LogClient.open(URI.create(url()), token(), PATIENCE);
        BlockingQueue<Change> heard = new LinkedBlockingQueue<>();
        String alice = "{\"argument\":\"alice\"}";
        try (LiveIndex newest = client.followQuery("notes", "newest", alice, _ -> {})) {
            try (LiveIndex counted = client.followQuery("notes", "counted", alice, heard::addAll)) {
                assertThat(newest.await(now -> now.equals(List.of("first")), PATIENCE))
                        .isTrue();
                assertThat(counted.await(now -> now.equals(List.of(Map.of("text", "first", "asked", 1))), PATIENCE))
                        .isTrue();
                for (int i = 0; i < 20; i++) {
                    note(log, "bob", "text-" + i);
                }
                note(log, "alice", "second");
                assertThat(newest.await(now -> now.equals(List.of("second")), PATIENCE))
                        .isTrue();
                assertThat(counted.await(now -> now.equals(List.of(Map.of("text", "second", "asked", 2))), PATIENCE))
                        .isTrue();
                assertThat(List.of(
                                heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS),
                                heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)))
                        .containsExactlyInAnyOrder(
                                new Change.Set(List.of(0, "text"), "second"), new Change.Set(List.of(0, "asked"), 2));
                assertThat(List.of(newest.begun(), counted.begun())).containsExactly(1, 1);
            }
            // The node hears that nobody follows it any more when it tells of a change; from then on nobody asks but
            // we.
            long before = 0;
            for (long count = asked(alice); count > before + 1; count = asked(alice)) {
                before = count;
                assertThat(count).isLessThan(500);
                for (int i = 0; i < 20; i++) {
                    String text = count + "-" + i;
                    note(log, "alice", text);
                    assertThat(newest.await(now -> now.equals(List.of(text)), PATIENCE))
                            .isTrue();
                }
            }
        }
    }

    /** How often the query was asked, with this time. */
    private long asked(String arguments) throws Exception {
        return post("/views/notes/queries/counted", arguments)
                .json()
                .get("asked")
                .asLong();
    }

    @Test
    void codeThatDoesNotComeBackHasAFewThreadsOfATenant() throws Exception {
        System.setProperty(Notes.LET, "false");
        deploy("notes", Notes.class, 1);
        note(log("notes"), "alice", "first");
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        try {
            for (String key : List.of("a", "b")) {
                Answer late = sendOnce("GET", "/views/notes/" + ResumeNodeTest.query("stays", key), new byte[0]);
                assertThat(late.status()).as(late.text()).isEqualTo(504);
            }
            Answer refused = sendOnce("GET", "/views/notes/" + ResumeNodeTest.query("stays", "c"), new byte[0]);
            assertThat(refused.status()).as(refused.text()).isEqualTo(503);
            assertThat(refused.text()).contains("the tenant's queries that run here did not end");
            Answer asked = post("/views/notes/queries/newest", "{\"argument\":\"alice\"}");
            assertThat(asked.text()).as("what is asked has threads of its own").isEqualTo("\"first\"");
        } finally {
            System.setProperty(Notes.LET, "true");
        }
    }

    @Test
    void anIndexIsReadAsItWasAtAPositionOrATime() throws Exception {
        deploy("notes", Notes.class, 2);
        String log = log("notes");
        String path = "[[\"key\",\"alice\"]]";
        List<String> positions = new ArrayList<>();
        List<String> found = new ArrayList<>();
        List<Instant> times = new ArrayList<>();
        for (String text : List.of("a", "b", "a", "c", "b")) {
            String position = note(log, "alice", text);
            positions.add(position);
            found.add(select("notes", "notes", path, "?after=" + position).toString());
            times.add(Instant.now());
        }
        assertThat(found).containsExactly("[[\"a\"]]", "[[\"b\",\"a\"]]", "[[\"b\"]]", "[[\"c\",\"b\"]]", "[[\"c\"]]");
        restart();
        select("notes", "notes", path, "?consistency=linearizable");
        for (int i = 0; i < found.size(); i++) {
            assertThat(select("notes", "notes", path, "?at=" + positions.get(i)).toString())
                    .isEqualTo(found.get(i));
            assertThat(select("notes", "notes", path, "?at=" + times.get(i)).toString())
                    .isEqualTo(found.get(i));
        }
        assertThat(select("notes", "notes", path, "?at=2001-01-01T00:00:00Z").toString())
                .isEqualTo("[null]");
        assertThat(post("/views/notes/indexes/notes/select?at=noon", "{\"path\":" + path + "}")
                        .status())
                .isEqualTo(400);
        assertThat(post("/views/notes/indexes/notes/select?at=1&after=1", "{\"path\":" + path + "}")
                        .text())
                .contains("'at' is the moment");
    }

    /** What the threads that run a view's handlers have allocated so far, in bytes. */
    private static long allocatedByWriters() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().matches("view-notes-\\d+")) {
                bytes += threads.getThreadAllocatedBytes(thread.getThreadId());
            }
        }
        return bytes;
    }

    /** What the writer allocates for so many notes, each of which is a step. */
    private long allocatedFor(int notes, String log) throws Exception {
        long before = allocatedByWriters();
        for (int i = 0; i < notes; i++) {
            String position = note(log, "alice", "again");
            select("notes", "notes", "[[\"key\",\"alice\"]]", "?after=" + position);
        }
        return allocatedByWriters() - before;
    }

    @Test
    void manyWhoFollowOneKeyAddNothingToWhatItsWriterDoes() throws Exception {
        deploy("notes", Notes.class, 1);
        String log = log("notes");
        allocatedFor(STEPS, log); // what is loaded and compiled at first
        long alone = allocatedFor(STEPS, log);
        List<BufferedReader> followers = new ArrayList<>();
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int i = 0; i < FOLLOWERS; i++) {
                followers.add(new BufferedReader(new InputStreamReader(
                        follow(http, "[[\"key\",\"alice\"]]").body(), StandardCharsets.UTF_8)));
                awaitEvent(followers.getLast(), "event: value");
            }
            long followed = allocatedFor(STEPS, log);
            for (BufferedReader each : followers) {
                awaitEvent(each, "event: change");
                each.close();
            }
            assertThat(followed)
                    .as("bytes for %s steps, %s when alone", STEPS, alone)
                    .isLessThan(alone + alone / 2);
        }
    }

    private HttpResponse<InputStream> follow(HttpClient http, String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url() + "/views/notes/indexes/notes/subscribe?path="
                                + URLEncoder.encode(path, StandardCharsets.UTF_8)))
                        .header("Authorization", "Bearer " + token())
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    }

    @Test
    void manyPathsOfATenantTakeAPartOfTheMemoryAndTheNextIsRefused() throws Exception {
        deploy("notes", Notes.class, 1);
        String log = log("notes");
        note(log, "large", "x".repeat(800_000));
        select("notes", "notes", "[[\"all\"]]", "?consistency=linearizable");
        List<BufferedReader> followers = new ArrayList<>();
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            StringBuilder more = new StringBuilder();
            HttpResponse<InputStream> next = follow(http, "[[\"key\",\"large\"]]");
            while (next.statusCode() == 200 && followers.size() < 20) {
                followers.add(new BufferedReader(new InputStreamReader(next.body(), StandardCharsets.UTF_8)));
                awaitEvent(followers.getLast(), "event: value");
                assertThat(followers.getLast().readLine()).startsWith("id: ");
                assertThat(JSON.readTree(followers.getLast().readLine().substring("data: ".length()))
                                .at("/values/0/0")
                                .asString())
                        .hasSize(800_000);
                more.append(",[\"stay\"]"); // another path to the same place
                next = follow(http, "[[\"key\",\"large\"]" + more + "]");
            }
            assertThat(followers)
                    .as("of 16 MiB, with what is remembered of changes")
                    .hasSize(10);
            assertThat(next.statusCode()).isEqualTo(503);
            assertThat(new String(next.body().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("overloaded", "no memory free", "may take " + (16 << 20));
            try (InputStream same = follow(http, "[[\"key\",\"large\"]]").body()) {
                awaitEvent(new BufferedReader(new InputStreamReader(same, StandardCharsets.UTF_8)), "event: value");
            }
            for (BufferedReader each : followers) {
                each.close();
            }
            // A node hears that somebody has gone when it next writes to him, or looks.
            long endNs = System.nanoTime() + PATIENCE.toNanos();
            int status = 503;
            while (status == 503) {
                assertThat(System.nanoTime()).as("in time").isLessThan(endNs);
                note(log, "large", "y");
                HttpResponse<InputStream> again = follow(http, "[[\"key\",\"large\"]" + more + "]");
                status = again.statusCode();
                again.body().close();
            }
            assertThat(status).isEqualTo(200);
        }
    }

    private static void awaitEvent(BufferedReader of, String line) throws Exception {
        String read = of.readLine();
        while (!line.equals(read)) {
            assertThat(read).as("before " + line).isNotNull();
            read = of.readLine();
        }
    }
}
