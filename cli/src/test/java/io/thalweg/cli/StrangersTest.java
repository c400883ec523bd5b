package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cli.ScriptedNode.Ran;
import io.thalweg.cli.terminal.StandardOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What people and scripts met who did not write the command: each of these went wrong before. */
class StrangersTest {
    @TempDir
    private Path directory = Path.of("");

    private static OutputStream failing(String why) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(why);
            }
        };
    }

    private static Ran printingInto(OutputStream target, String... arguments) {
        StringWriter err = new StringWriter();
        int status = Main.run(StandardOutput.over(target), new PrintWriter(err), arguments);
        return new Ran(status, "", err.toString().strip());
    }

    @Test
    void outputThatCannotBeWrittenIsAFailure() {
        for (String[] command :
                new String[][] {{"--help"}, {"--version"}, {"generate-completion"}, {"log", "--help"}}) {
            Ran full = printingInto(failing("No space left on device"), command);
            assertThat(full.status()).as(String.join(" ", command)).isEqualTo(1);
            assertThat(full.err()).isEqualTo("thalweg: cannot write the output: No space left on device");
        }
    }

    @Test
    void aReaderThatWentAwayEndsACommandQuietly() {
        Ran closed = printingInto(failing("Broken pipe"), "--help");
        assertThat(closed.status()).isEqualTo(141);
        assertThat(closed.err()).isEmpty();
    }

    @Test
    void anExportThatCannotBeWrittenIsAFailure() throws Exception {
        try (ScriptedNode node = new ScriptedNode((call, path, _) ->
                ScriptedNode.reply(call, 200, path.contains("/accounts") ? "{\"accounts\":[{\"id\":\"1\"}]}" : "{}"))) {
            Ran full = printingInto(
                    failing("No space left on device"),
                    "ledger",
                    "export",
                    "accounts",
                    "--url",
                    node.url(),
                    "--api-key",
                    "secret");
            assertThat(full.status()).isEqualTo(1);
            assertThat(full.err()).contains("No space left on device");
        }
    }

    /** A start looks at the one command that it is asked for: it has to be the one that the whole has, and the whole has to have it. */
    @Test
    void aCommandAloneIsWhatItIsAmongAllOthers() {
        Map<String, CommandLine> whole = ThalwegCommand.line().getSubcommands();
        assertThat(whole.keySet()).containsExactlyElementsOf(ThalwegCommand.names());
        whole.forEach((name, command) -> {
            CommandLine alone =
                    ThalwegCommand.line(name, "--help").getSubcommands().get(name);
            assertThat(alone).as(name).isNotNull();
            assertThat(Objects.requireNonNull(alone).getUsageMessage()).as(name).isEqualTo(command.getUsageMessage());
        });
        Ran typo = printingInto(OutputStream.nullOutputStream(), "ledgers");
        assertThat(typo.err()).contains("thalweg ledger");
    }

    @Test
    void helpIsAWordToo() {
        for (List<String> command : List.of(List.<String>of(), List.of("log"), List.of("log", "read"))) {
            List<String> asOption =
                    Stream.concat(command.stream(), Stream.of("--help")).toList();
            List<String> asWord =
                    Stream.concat(Stream.of("help"), command.stream()).toList();
            assertThat(printed(asWord)).isEqualTo(printed(asOption)).contains("Usage: thalweg");
        }
    }

    private static String printed(List<String> words) {
        StringWriter out = new StringWriter();
        assertThat(Main.run(new PrintWriter(out), new PrintWriter(new StringWriter()), words.toArray(String[]::new)))
                .isZero();
        return out.toString();
    }

    @Test
    void aTypoGetsASuggestionAndNotTheWholeUsage() {
        Ran ran = printingInto(OutputStream.nullOutputStream(), "log", "apend");
        assertThat(ran.status()).isEqualTo(2);
        assertThat(ran.err()).contains("apend").contains("log append").contains("See: thalweg log --help");
        assertThat(ran.err().lines()).hasSizeLessThan(5);
    }

    @Test
    void aCountThatStopsNothingAndALineThatBeginsNothingAreWrongUsage() {
        for (String[] wrong : new String[][] {
            {"log", "tail", "orders", "--count", "0"},
            {"object", "watch", "notes", "--count", "-1"},
            {"view", "follow", "words", "counts", "[]", "--count", "many"},
            {"log", "append", "orders", "--lines", "--from-line", "0"},
            {"log", "append", "orders", "--from-line", "2"}
        }) {
            Ran ran = printingInto(OutputStream.nullOutputStream(), wrong);
            assertThat(ran.status()).as(String.join(" ", wrong)).isEqualTo(2);
            assertThat(ran.err().lines().toList()).hasSize(2);
            assertThat(ran.err()).contains(wrong[wrong.length - 2]).contains("See: thalweg " + wrong[0]);
        }
    }

    @Test
    void inputThatCannotBeReadIsNamedAndAnEmptyOneHasNoNewestEvent() throws Exception {
        Path packed = Files.writeString(directory.resolve("lines.gz"), "not packed");
        Path empty = Files.writeString(directory.resolve("empty"), "");
        try (ScriptedNode node = new ScriptedNode((call, _, _) -> ScriptedNode.reply(call, 200, "{}"))) {
            assertThat(node.run("log", "append", "orders", directory.toString(), "--lines")
                            .err())
                    .isEqualTo("thalweg: cannot read " + directory + ": Is a directory");
            assertThat(node.run("log", "append", "orders", packed.toString(), "--lines")
                            .err())
                    .isEqualTo("thalweg: cannot read " + packed + ": Not in GZIP format");
            assertThat(node.run("log", "append", "orders", empty.toString(), "--lines")
                            .out())
                    .isEqualTo("appended 0 events");
        }
    }

    @Test
    void whoCannotBeReachedIsNamed() {
        Ran ran = printingInto(
                OutputStream.nullOutputStream(), "log", "list", "--url", "http://127.0.0.1:1", "--api-key", "k");
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.err()).contains("cannot connect to http://127.0.0.1:1");
        Ran odd =
                printingInto(OutputStream.nullOutputStream(), "log", "list", "--url", "127.0.0.1:1", "--api-key", "k");
        assertThat(odd.err()).contains("the address 127.0.0.1:1 is not such as http://");
    }

    @Test
    void aFailedAppendSaysHowFarItCameAndGoesOn() throws Exception {
        Path lines = directory.resolve("lines");
        Files.writeString(lines, "{}\n".repeat(2_500));
        AtomicInteger batches = new AtomicInteger();
        List<String> keys = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        try (ScriptedNode node = new ScriptedNode((call, _, body) -> {
            keys.add(call.getRequestHeaders().getFirst("Idempotency-Key"));
            int events = body.split("\n", -1).length;
            sizes.add(events);
            if (batches.incrementAndGet() == 2) {
                ScriptedNode.reply(call, 503, "{\"error\":\"busy\",\"code\":\"overloaded\"}");
                return;
            }
            ScriptedNode.reply(call, 200, "{\"sequences\":[" + "7,".repeat(events - 1) + "1000]}");
        })) {
            Ran failed = node.run("log", "append", "orders", lines.toString(), "--lines", "--idempotency-key", "k");
            assertThat(failed.status()).isEqualTo(1);
            assertThat(failed.err())
                    .contains("busy (503)")
                    .contains("1000 events were acknowledged before, the newest is sequence 1000")
                    .contains("--from-line 1001 --idempotency-key k");
            Ran again = node.run(
                    "log",
                    "append",
                    "orders",
                    lines.toString(),
                    "--lines",
                    "--idempotency-key",
                    "k",
                    "--from-line",
                    "1001");
            assertThat(again.out()).contains("appended 1500 events");
        }
        assertThat(keys).containsExactly("k:1", "k:1001", "k:1001", "k:2001");
        assertThat(sizes).as("no line is missing or twice").containsExactly(1000, 1000, 1000, 500);
    }

    @Test
    void linesOfOtherSystemsAreTheSameEvents() throws Exception {
        Path lines = directory.resolve("lines");
        Files.writeString(lines, "\ufeffone\r\n\r\ntwo\rstill two\r\n\nthree");
        List<String> bodies = new ArrayList<>();
        try (ScriptedNode node = new ScriptedNode((call, _, body) -> {
            bodies.add(body);
            ScriptedNode.reply(call, 200, "{\"sequences\":[1,2,3]}");
        })) {
            assertThat(node.run("log", "append", "orders", lines.toString(), "--lines")
                            .status())
                    .isZero();
        }
        assertThat(bodies).containsExactly("one\ntwo\rstill two\nthree");
    }

    @Test
    void aTokenThatEndsOnTheWayIsRenewed() throws Exception {
        Path lines = directory.resolve("lines");
        Files.writeString(lines, "{}\n".repeat(1_500));
        try (ScriptedNode node = new ScriptedNode((call, _, _) -> {
            boolean ended = call.getRequestHeaders().getFirst("Authorization").equals("Bearer token-1")
                    && call.getRequestHeaders().getFirst("Idempotency-Key").endsWith(":1001");
            ScriptedNode.reply(call, ended ? 401 : 200, ended ? "{\"error\":\"expired\"}" : "{\"sequences\":[1]}");
        })) {
            Ran ran = node.run("log", "append", "orders", lines.toString(), "--lines");
            assertThat(ran.status()).as(ran.err()).isZero();
            assertThat(node.calls().getLast()).endsWith("Bearer token-2");
        }
    }

    @Test
    void oneLimitLeavesTheOthersAndATenantHasAName() throws Exception {
        Files.createDirectories(directory.resolve("secrets"));
        Files.writeString(directory.resolve("secrets/operator.key"), "operator\n");
        List<String> puts = new ArrayList<>();
        try (ScriptedNode node = new ScriptedNode((call, path, body) -> {
            if (call.getRequestMethod().equals("PUT")) {
                puts.add(path + " " + body);
            }
            ScriptedNode.reply(
                    call,
                    200,
                    "{\"tenants\":[{\"name\":\"acme\",\"tenant_id\":\"t-1\","
                            + "\"limits\":{\"requests_per_second\":5,\"burst\":2,\"max_logs\":3,\"max_views\":4}}]}");
        })) {
            String data = directory.toString();
            assertThat(node.run("tenant", "limit", "acme", "--logs", "9", "--views", "none", "--data", data)
                            .status())
                    .isZero();
            assertThat(node.run("tenant", "limit", "t-1", "--rate", "50", "--data", data)
                            .status())
                    .isZero();
            assertThat(node.run("tenant", "limit", "nobody", "--rate", "50", "--data", data)
                            .err())
                    .contains("there is no tenant nobody");
            assertThat(node.run("tenant", "limit", "acme", "--rate", "many", "--data", data)
                            .err())
                    .contains("requests_per_second is many, expected a number");
        }
        assertThat(puts)
                .containsExactly(
                        "/operator/tenants/t-1/limits"
                                + " {\"requests_per_second\":5,\"burst\":2,\"max_logs\":9,\"max_views\":null}",
                        "/operator/tenants/t-1/limits"
                                + " {\"requests_per_second\":50,\"max_logs\":3,\"max_views\":4}");
    }

    @Test
    void readingWithoutAPlaceBeginsWithTheOldestEventThatIsKept() throws Exception {
        try (ScriptedNode node = new ScriptedNode((call, _, _) -> ScriptedNode.reply(
                call, 200, "{\"events\":[{\"sequence\":41,\"payload\":\"kept\",\"encoding\":\"text\"}]}"))) {
            Ran ran = node.run("log", "read", "orders");
            assertThat(ran.status()).as(ran.err()).isZero();
            assertThat(ran.out()).contains("41").contains("kept");
            assertThat(node.calls())
                    .as("the node knows which event is the oldest")
                    .anyMatch(call -> call.contains("/events?limit=100 "));
        }
    }
}
