package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.api.Api;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is done with views in Java from a command line, against a real node; what docs/java-views.md has its reader type is among it. */
class JavaViewCommandIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String EXAMPLES = "io.thalweg.examples.";
    private static final Path PAGE = DevProcess.REPOSITORY.resolve("docs/java-views.md");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    /** Of the page. */
    private static final String LINK = "https://example.org";

    @TempDir
    private Path directory = Path.of("");

    private Commands commands = new Commands(Path.of(""));
    private String jar = "";

    @BeforeEach
    void makeJar() throws Exception {
        commands = new Commands(directory);
        jar = Files.write(directory.resolve("examples.jar"), ExamplesJar.bytes())
                .toString();
    }

    private void deploy(String name, String className, String... more) {
        String[] all = new String[6 + more.length];
        System.arraycopy(
                new String[] {"view", "deploy", jar, "--class", EXAMPLES + className, "--name=" + name}, 0, all, 0, 6);
        System.arraycopy(more, 0, all, 6, more.length);
        commands.done(all);
    }

    /** A command of the page, whose files are here and not where its reader has them. */
    private Commands.Ran typed(String command) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(command);
        while (word.find()) {
            words.add(word.group(1) != null ? word.group(1) : word.group(2));
        }
        assertThat(words.removeFirst()).isEqualTo("thalweg");
        Map<String, String> here = Map.of(
                "examples/java/target/examples.jar",
                jar,
                "poem.txt",
                directory.resolve("poem.txt").toString());
        words.replaceAll(each -> here.getOrDefault(each, each));
        return commands.done(words.toArray(String[]::new));
    }

    private void append(String log, String event) throws Exception {
        commands.done(
                "log",
                "append",
                log,
                Files.writeString(directory.resolve("event"), event).toString());
    }

    private String select(String after) {
        return commands.done("view", "select", "words", "counts", "[[\"key\",\"the\"]]", "--after", after)
                .out();
    }

    private JsonNode status(String view) {
        return commands.done("view", "status", view, "--json").json();
    }

    private JsonNode explore(String... more) {
        List<String> command = new ArrayList<>(List.of("view", "explore", "words", "counts", "--json"));
        command.addAll(List.of(more));
        return commands.done(command.toArray(String[]::new)).json();
    }

    private Set<String> wordsByPages() {
        Set<String> words = new TreeSet<>();
        JsonNode page = explore("--limit", "2");
        while (true) {
            assertThat(page.path("entries").size()).isLessThanOrEqualTo(2);
            page.path("entries").forEach(entry -> words.add(entry.path("key").asString()));
            if (!page.path("next").isString()) {
                return words;
            }
            page = explore("--limit", "2", "--page", page.path("next").asString());
        }
    }

    @Test
    void aViewIsReadAndShippedByCommands() throws Exception {
        try (ReadyProcess node = DevProcess.start(directory)) {
            assertThat(node.ready().path("tenant").asString()).isEqualTo("dev");
            Files.writeString(directory.resolve("poem.txt"), "the quick fox and the lazy dog");
            List<String> page = ConsoleDocument.script(PAGE, "thalweg view deploy examples/java/target/examples.jar ");
            assertThat(page).as("build, deploy, append, ask").hasSize(4);
            page.subList(1, 3).forEach(this::typed);
            assertThat(select("1")).isEqualTo("2");
            assertThat(typed(page.getLast()).out()).isEqualTo("2");
            String then = Instant.now().toString();
            assertThat(commands.done("view", "explore", "words", "counts").out())
                    .contains("quick", "lazy");
            assertThat(explore("[[\"key\",\"the\"]]").path("value").asLong()).isEqualTo(2);
            assertThat(wordsByPages()).containsExactly("and", "dog", "fox", "lazy", "quick", "the");
            assertThat(commands.done("view", "follow", "words", "counts", "[[\"key\",\"the\"]]", "--count", "1")
                            .out())
                    .startsWith("value ")
                    .contains("2");
            assertThat(commands.done("view", "list").out()).contains("words");

            commands.done("view", "options", "words", "--set", "patience_ms=4000");
            assertThat(commands.done("view", "options", "words").out()).contains("4000");
            commands.done("view", "options", "words", "--reset", "patience_ms");
            commands.done("view", "pause", "words");
            assertThat(commands.done("view", "status", "words").out()).contains("paused");
            commands.done("view", "resume", "words");

            deploy("words", "WordCount", "--dry-run", "10");
            deploy("words", "WordCount");
            append("lines", "the end");
            assertThat(select("2")).isEqualTo("3");
            assertThat(commands.done("view", "select", "words", "counts", "[[\"key\",\"the\"]]", "--at", then)
                            .out())
                    .isEqualTo("2");
            assertThat(status("words").path("active_version").asLong()).isEqualTo(2);
            assertThat(commands.done("view", "rollback", "words").out()).contains("version 1 of words answers again");

            commands.done("view", "options", "words", "--set", "take_over=manual");
            deploy("words", "WordCount", "--replay");
            assertThat(status("words").path("candidate_version").asLong()).isEqualTo(3);
            commands.done("view", "activate", "words", "--version-number", "3");
            await().atMost(PATIENCE)
                    .until(() -> status("words").path("active_version").asLong() == 3);
            append("lines", "the other");
            assertThat(select("3")).isEqualTo("4");
            // It answers a moment before the directory knows; until then nothing else may be done with it.
            await().atMost(PATIENCE)
                    .until(() -> commands.run("view", "rewind", "words").status() == 0);
            assertThat(select("3")).isEqualTo("4");
            commands.done("view", "delete", "words");
            assertThat(commands.run("view", "status", "words").status()).isEqualTo(1);
        }
    }

    @Test
    void whatIsParkedIsRepairedAndQueriesAreAskedByCommands() throws Exception {
        try (ReadyProcess _ = DevProcess.start(directory)) {
            deploy("reach", "Reach", "--partitions", "1");
            append("shares", share("alice"));
            append("shares", "no JSON");
            append("shares", "no JSON either");
            append("shares", share("carol"));
            append("followings", "{\"from\":\"dora\",\"to\":\"bob\"}");
            awaitParked(2);
            Path mended = Files.writeString(directory.resolve("mended"), share("bob"));
            commands.done("view", "repair", "reach", "retry", "--stream", "shares/0");
            commands.done("view", "repair", "reach", "edit", "--sequence", "2", "--payload", mended.toString());
            awaitParked(3);
            commands.done("view", "skip", "reach", "--sequence", "3", "--stream", "shares/0");
            await().atMost(PATIENCE).untilAsserted(() -> assertReached(3));
            String then = Instant.now().toString();
            append("shares", share("dora"));
            await().atMost(PATIENCE).untilAsserted(() -> assertReached(4));
            assertReached(3, "--at", then);
            List<String> page = ConsoleDocument.script(PAGE, "thalweg view ask reach reach ");
            assertThat(page).as("the same question in two ways").hasSize(2);
            JsonNode asked = typed(page.getFirst()).json();
            assertThat(asked).isEqualTo(reached(4));
            assertThat(typedInShell(page.getLast())).isEqualTo(asked);
        }
    }

    /** What a command of the page prints that asks over HTTP for what an append came to. */
    private JsonNode typedInShell(String command) throws Exception {
        try (Shell shell = new Shell(directory, Map.of("POSITION", "5"))) {
            shell.run(". .thalweg/dev.env && TOKEN=$THALWEG_API_KEY");
            Shell.Printed printed = shell.run(command + " --silent");
            assertThat(printed.lines()).as(command).hasSize(1);
            return Api.JSON.readTree(printed.lines().getFirst());
        }
    }

    private static String share(String user) {
        return "{\"link\":\"" + LINK + "\",\"user\":\"" + user + "\"}";
    }

    private static JsonNode reached(int sharers) {
        return Commands.json(Map.of("sharers", sharers, "people", 1));
    }

    private void assertReached(int sharers, String... more) {
        List<String> command = new ArrayList<>(List.of("view", "ask", "reach", "reach", "{\"link\":\"" + LINK + "\"}"));
        command.addAll(List.of(more));
        assertThat(commands.done(command.toArray(String[]::new)).json()).isEqualTo(reached(sharers));
    }

    private void awaitParked(long sequence) {
        await().atMost(PATIENCE)
                .until(() -> StreamSupport.stream(
                                status("reach").path("partitions").spliterator(), false)
                        .flatMap(partition ->
                                StreamSupport.stream(partition.path("parked").spliterator(), false))
                        .anyMatch(event -> event.path("sequence").asLong() == sequence));
    }
}
