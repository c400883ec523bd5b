package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.model.LogId;
import io.thalweg.model.Position;
import io.thalweg.model.Slots;
import io.thalweg.model.StreamId;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands as scripts use them, against a real node. */
class CommandIT {
    private static final Path VIEWS = DevProcess.REPOSITORY.resolve("examples/views");

    @TempDir
    private Path directory = Path.of("");

    private ReadyProcess start() throws Exception {
        return DevProcess.start(directory);
    }

    /** As where it has 1 GiB for everything. */
    private ReadyProcess startInLittleMemory() throws Exception {
        return DevProcess.start(
                directory,
                List.of(
                        "env",
                        "THALWEG_JAVA_OPTS=-Xmx512m",
                        DevProcess.REPOSITORY.resolve("thalweg").toString(),
                        "dev",
                        "--ledger-cache",
                        "64MiB"));
    }

    /** The most that a process ever had in memory at once. */
    private static long residentMiBMax(ReadyProcess process) throws Exception {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow()
                    >> 10;
        }
    }

    private Commands.Ran run(String... arguments) {
        return new Commands(directory).run(arguments);
    }

    private Commands.Ran done(String... arguments) {
        return new Commands(directory).done(arguments);
    }

    @Test
    void everyCommandDoesItsPart() throws Exception {
        Path lines = Files.writeString(directory.resolve("lines"), "{\"inc\":10}\n{\"dec\":3}\n\n{\"inc\":1}\n");
        try (ReadyProcess node = startInLittleMemory()) {
            assertThat(node.ready().path("tenant").asString()).isEqualTo("dev");

            done("log", "create", "orders");
            assertThat(done(
                                    "log",
                                    "append",
                                    "orders",
                                    lines.toString(),
                                    "--lines",
                                    "--idempotency-key",
                                    "once",
                                    "--json")
                            .json()
                            .path("events")
                            .asInt())
                    .isEqualTo(3);
            assertThat(done(
                                    "log",
                                    "append",
                                    "orders",
                                    lines.toString(),
                                    "--lines",
                                    "--idempotency-key",
                                    "once",
                                    "--json")
                            .json()
                            .path("sequence")
                            .asInt())
                    .as("the same command again appends nothing")
                    .isEqualTo(3);
            assertThat(done("log", "read", "orders", "--from", "2", "--limit", "1", "--json")
                            .json()
                            .path("sequence")
                            .asInt())
                    .isEqualTo(2);
            assertThat(done("log", "tail", "orders", "--from", "1", "--count", "3")
                            .out()
                            .lines())
                    .hasSize(3);
            assertThat(done("log", "stats", "orders", "--json")
                            .json()
                            .path("event_count")
                            .asInt())
                    .isEqualTo(3);
            assertThat(done("log", "list").out()).contains("orders").doesNotContain("$audit");

            done(
                    "view",
                    "deploy",
                    "orders",
                    "count",
                    VIEWS.resolve("counter-c.wasm").toString());
            assertThat(done("view", "query", "orders", "count", "--after", "3").out())
                    .isEqualTo("{\"count\":8}");
            done(
                    "view",
                    "deploy",
                    "orders",
                    "count",
                    VIEWS.resolve("counter-rs.wasm").toString(),
                    "--replace");
            assertThat(done("view", "query", "orders", "count", "--after", "3").out())
                    .isEqualTo("{\"count\":8}");
            assertThat(done("view", "status", "orders", "count").out()).contains("primatomic:machine@0.0.1");
            done("view", "pause", "orders", "count");
            assertThat(done("view", "list", "orders").out()).contains("paused");
            done("view", "resume", "orders", "count");
            done("view", "delete", "orders", "count");

            JsonNode key = done("key", "create", "reader", "--read-only", "--log", "orders", "--json")
                    .json();
            Commands.Ran refused = run(
                    "log",
                    "append",
                    "orders",
                    lines.toString(),
                    "--api-key",
                    key.path("api_key").asString());
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err()).contains("(403)").doesNotContain("\tat ");
            done("key", "rotate", key.path("api_key_id").asString());
            done("key", "revoke", key.path("api_key_id").asString());

            JsonNode tenant =
                    done("tenant", "create", "acme", "--rate", "50", "--json").json();
            assertThat(done("tenant", "list").out()).contains("acme");
            assertThat(run(
                                    "log",
                                    "read",
                                    "orders",
                                    "--api-key",
                                    tenant.path("api_key").asString())
                            .status())
                    .as("another tenant sees nothing")
                    .isEqualTo(1);
            done("tenant", "limit", tenant.path("tenant_id").asString(), "--rate", "100");
            String id = tenant.path("tenant_id").asString();
            assertThat(run("tenant", "erase", id).err()).contains("the tenant is there");
            assertThat(done("tenant", "delete", id, "--yes", "--erase").out()).containsPattern("done +0\\b");
            assertThat(done("tenant", "erase", id).out()).containsPattern("done +0\\b");

            objects();
            split(lines);
            partitions(lines);

            done("log", "retain", "orders", "--bytes", "1000000");
            assertThat(run("log", "delete", "orders").status())
                    .as("without --yes")
                    .isEqualTo(1);
            done("log", "delete", "orders", "--yes");
            assertThat(run("log", "stats", "orders").err())
                    .isEqualTo("thalweg: there is no log orders; create it with: thalweg log create orders");
            assertThat(residentMiBMax(node)).isBetween(1L, 1_023L);
        }
    }

    /** A log gets more partitions, of the slots that are named or of half of them, and has what it had. */
    private void split(Path lines) throws Exception {
        done("log", "create", "wide");
        done("log", "append", "wide", lines.toString(), "--lines");
        assertThat(done("log", "split", "wide").out())
                .contains("log wide has partition 1 with 2048 slots of partition 0, behind its sequence 3");
        JsonNode made = done("log", "split", "wide", "--partition", "1", "--slots", "4000-4095", "--json")
                .json()
                .at("/partitions/2");
        assertThat(made.path("from").asInt()).isEqualTo(1);
        assertThat(made.path("slots").asInt()).isEqualTo(96);
        assertThat(run("log", "split", "wide", "--slots", "7").err()).contains("--slots is '7', expected FIRST-LAST");
        assertThat(run("log", "split", "wide", "--partition", "0", "--slots", "4000-4095")
                        .status())
                .as("which it has no more")
                .isEqualTo(1);
        JsonNode stats = done("log", "stats", "wide", "--json").json();
        assertThat(stats.path("partitions").size()).isEqualTo(3);
        assertThat(stats.path("event_count").asInt()).isEqualTo(3);
    }

    /** Keys and numbers choose a partition; a read and a tail take one or all of them, behind a position in all. */
    private void partitions(Path lines) throws Exception {
        String log = done("log", "create", "many", "--partitions", "3", "--json")
                .json()
                .path("log_id")
                .asString();
        String one = Files.writeString(directory.resolve("one"), "one").toString();
        int own = Slots.partition(Slots.of("user-3"), 3);
        JsonNode keyed =
                done("log", "append", "many", one, "--key", "user-3", "--json").json();
        assertThat(keyed.path("partition").asInt(-1)).isEqualTo(own);
        assertThat(keyed.path("sequence").asInt()).isEqualTo(1);
        for (int partition = 0; partition < 3; partition++) {
            String number = Integer.toString(partition);
            done("log", "append", "many", lines.toString(), "--lines", "--partition", number);
            assertThat(done("log", "read", "many", "--partition", number).out().lines())
                    .hasSize(partition == own ? 4 : 3);
            assertThat(done("log", "tail", "many", "--partition", number, "--from", "1", "--count", "3")
                            .out())
                    .contains("{\"inc\":10}");
        }
        assertThat(done("log", "read", "many").out().lines())
                .hasSize(10)
                .filteredOn(line -> line.startsWith(own + "/"))
                .hasSize(4);
        String position =
                Position.of(Map.of(new StreamId(LogId.parse(log), own), 4L)).token();
        for (Commands.Ran rest : List.of(
                done("log", "read", "many", "--after", position),
                done("log", "tail", "many", "--after", position, "--count", "6"))) {
            assertThat(rest.out().lines()).hasSize(6).noneMatch(line -> line.startsWith(own + "/"));
        }
        assertThat(run("log", "read", "many", "--from", "1").err()).contains("'from' is a sequence of a partition");
        for (int i = 0; i < 2; i++) {
            assertThat(done(
                                    "log",
                                    "append",
                                    "many",
                                    one,
                                    "--key",
                                    "user-3",
                                    "--producer",
                                    "script/1",
                                    "--number",
                                    "1",
                                    "--json")
                            .json()
                            .path("sequence")
                            .asInt())
                    .as("once, however often")
                    .isEqualTo(5);
        }
        assertThat(done("log", "stats", "many", "--json")
                        .json()
                        .path("event_count")
                        .asInt())
                .isEqualTo(11);
    }

    /** Who looks at an object's memos sees who follows whom, what each says, and who holds it. */
    private void objects() {
        done("topic", "create", "cats", "lives:integer:counter");
        String tom = done("object", "create", "cats", "--add", "lives=9", "--json")
                .json()
                .path("object_id")
                .asString();
        done("object", "edit", tom, "--add", "lives=-1");
        JsonNode memos = done("memo", "graph", tom, "--json").json().path("memos");
        assertThat(memos).hasSize(2);
        assertThat(done("memo", "graph", tom).out())
                .startsWith("digraph memos {")
                .containsPattern("\"[0-9a-f]{8}\" -> \"[0-9a-f]{8}\";")
                .endsWith("}");
        String memo = memos.get(0).path("memo_id").asString();
        JsonNode shown = done("memo", "show", memo, "--json").json();
        assertThat(shown.path("memo_id").asString()).isEqualTo(memo);
        JsonNode slab = done("slab", "list", "--json").json();
        assertThat(slab.path("held_memos").asInt()).isGreaterThanOrEqualTo(2);
        assertThat(run("memo", "show", "ff").status()).isEqualTo(1);
    }

    @Test
    void verifyNamesTheFileAndTheOffsetOfAWrongByte() throws Exception {
        try (ReadyProcess _ = start()) {
            done("log", "create", "orders");
            done("log", "append", "orders", VIEWS.resolve("README.md").toString());
        }
        String data = directory.resolve(".thalweg").toString();
        done("verify", data);
        Path segment;
        try (Stream<Path> files = Files.list(directory.resolve(".thalweg/shards/0/journal"))) {
            segment = files.filter(file -> file.toString().endsWith(".seg"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            file.read(one, 300);
            one.flip();
            one.put(0, (byte) (one.get(0) ^ 1));
            file.write(one, 300);
        }

        Commands.Ran damaged = run("verify", data);

        assertThat(damaged.status()).isEqualTo(1);
        assertThat(damaged.err()).contains("damaged: ").contains(segment + " at offset ");
    }

    @Test
    void wrongUsageSaysWhatIsExpectedAndEndsWithTwo() {
        Commands.Ran ran = run("log", "read");

        assertThat(ran.status()).isEqualTo(2);
        assertThat(ran.err()).contains("LOG").contains("Usage: thalweg log read");
    }
}
