package io.thalweg.bench;

import io.thalweg.bench.load.HttpConnection;
import io.thalweg.bench.load.HttpConnection.Response;
import io.thalweg.bench.memos.HotMemory;
import io.thalweg.bench.memos.NodePeers;
import io.thalweg.bench.memos.PlainStore;
import io.thalweg.bench.memos.ScoreUpkeep;
import io.thalweg.bench.memos.SlabProcess;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import io.thalweg.bench.peer.PeerServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;

/**
 * What the causal door costs, over HTTP: objects created and read by several connections, beside appends to a log of the same node in the same run, and
 * beside stores that keep a value under a key; the same over three slabs, and what it costs a slab that comes late to know the same; reads of an
 * object as its history grows, by a node that has it in memory and by one that was just started, beside libraries that merge documents; and
 * the upkeep of scores.
 */
@Command(
        name = "memos",
        mixinStandardHelpOptions = true,
        description = "Objects written and read on one node and over three slabs, beside its own log, Redis and etcd;"
                + " reads of objects with long histories, beside Automerge and Loro; the upkeep of scores.")
final class MemosBench implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TIMEOUT_MS = 60_000;
    private static final String TOPIC =
            "{\"fields\":{\"name\":{\"type\":\"text\"},\"n\":{\"type\":\"integer\",\"merge\":\"counter\"}}}";
    private static final String CREATE = "{\"set\":{\"name\":\"a thing of some length\"}}";
    private static final int READS = 200;

    /** Objects that nobody asks about, read after a start, so that what is measured is the object and not a program that was never run. */
    private static final int SPARE = 50;

    private static final int LOOK_MS = 20;

    /** After that a process has said anew what it counts. */
    private static final int SETTLE_MS = 2500;

    /** So long a slab is silent: three beats and more. */
    private static final int SILENCE_MS = 40_000;

    private static final int MEMORY_MEMOS = 50_000;

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(
            names = "--writes",
            defaultValue = "20000",
            description = "Objects and events written; default ${DEFAULT-VALUE}.")
    private int writes;

    @Option(names = "--connections", defaultValue = "16", description = "Connections; default ${DEFAULT-VALUE}.")
    private int connections;

    @Option(
            names = "--edits",
            split = ",",
            defaultValue = "10,1000,10000,100000",
            description = "Edits of the objects that are read; default ${DEFAULT-VALUE}.")
    private List<Integer> edits = List.of();

    @Option(
            names = "--resident",
            defaultValue = "10000000",
            description = "Memos whose scores are kept up; default ${DEFAULT-VALUE}.")
    private int resident;

    @Option(names = "--no-peers", description = "Leave Automerge, Loro, Redis and etcd out.")
    private boolean alone;

    private final Report report = new Report("memos");

    @Override
    public Integer call() throws Exception {
        Path data = workspace.fresh("memos").resolve("data");
        NodeProcess node = NodeProcess.start(workspace.launcher(), data);
        try {
            rates(node);
            slabs(node);
            node = histories(node, data);
        } finally {
            node.close();
        }
        if (!alone) {
            documents();
            stores();
        }
        memory();
        upkeep();
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return 0;
    }

    private void rates(NodeProcess node) throws Exception {
        String token;
        String log;
        try (NodeClient client = node.client()) {
            token = client.token();
            log = "/logs/" + client.createLog("beside");
        }
        try (Caller caller = new Caller(node.url(), token)) {
            caller.call("PUT", "/topics/things", TOPIC);
        }
        List<String> objects = new ArrayList<>();
        double appends = rate(node.url(), token, writes, (caller, _) -> caller.call("POST", log + "/append", CREATE));
        double creates = rate(node.url(), token, writes, (caller, _) -> {
            String id = caller.call("POST", "/topics/things/objects", CREATE)
                    .get("object_id")
                    .asString();
            synchronized (objects) {
                objects.add(id);
            }
        });
        double reads = rate(
                node.url(),
                token,
                writes,
                (caller, i) -> caller.call("GET", "/objects/" + objects.get(i % objects.size()), ""));
        Table table = new Table("what", "a second", "beside the log");
        table.row("append to a log", Table.rate(appends), "1");
        table.row("create an object", Table.rate(creates), Table.ratio(creates / appends));
        table.row("read an object", Table.rate(reads), Table.ratio(reads / appends));
        table.print(System.out);
        report.root()
                .put("appendsPerSecond", appends)
                .put("createsPerSecond", creates)
                .put("readsPerSecond", reads)
                .put("residentBytes", node.residentBytes());
    }

    /** Two slabs join, one after the other: what each costs, and writes that wait until two slabs have them. */
    private void slabs(NodeProcess node) throws Exception {
        Path folder = workspace.fresh("memos-slabs");
        double held = SlabProcess.metric(node.url(), "thalweg_slab_bytes");
        double memos = SlabProcess.metric(node.url(), "thalweg_slab_memos");
        double before = SlabProcess.metric(node.url(), "thalweg_slab_sent_bytes_total");
        long start = System.nanoTime();
        try (SlabProcess one =
                SlabProcess.start(workspace.launcher(), folder.resolve("one"), node.url(), "global/one")) {
            while (one.metric("thalweg_slab_memos") < memos) {
                Thread.sleep(LOOK_MS);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            double sent = SlabProcess.metric(node.url(), "thalweg_slab_sent_bytes_total")
                    - before
                    + one.metric("thalweg_slab_sent_bytes_total");
            System.out.printf(
                    Locale.ROOT,
                    "a slab that comes late: %,.0f memos after %.1f s, its start included; %.3f bytes sent for a byte"
                            + " missed%n",
                    memos,
                    seconds,
                    sent / held);
            report.root().put("lateSeconds", seconds).put("lateBytesForAByte", sent / held);
            try (SlabProcess two =
                    SlabProcess.start(workspace.launcher(), folder.resolve("two"), node.url(), "global/two")) {
                while (two.metric("thalweg_slab_memos") < memos) {
                    Thread.sleep(LOOK_MS);
                }
                overThree(node, List.of(one.url(), two.url()));
            }
            partition(node, one);
        }
    }

    private static String token(URI url, NodeProcess node) throws IOException {
        try (NodeClient client = new NodeClient(url, node.apiKey())) {
            return client.token();
        }
    }

    /** A slab hears nothing for a while in which objects are made; then it does again. */
    private void partition(NodeProcess node, SlabProcess slab) throws Exception {
        int made = Math.max(connections, writes / 4);
        Thread.sleep(SETTLE_MS);
        double held = SlabProcess.metric(node.url(), "thalweg_slab_bytes");
        double memos = slab.metric("thalweg_slab_memos") + made;
        double sent = SlabProcess.metric(node.url(), "thalweg_slab_sent_bytes_total")
                + slab.metric("thalweg_slab_sent_bytes_total");
        slab.signal("STOP");
        var _ = rate(
                node.url(),
                token(node.url(), node),
                made,
                (caller, _) -> caller.call("POST", "/topics/things/objects", CREATE));
        Thread.sleep(SILENCE_MS);
        slab.signal("CONT");
        long start = System.nanoTime();
        while (slab.metric("thalweg_slab_memos") < memos) {
            Thread.sleep(LOOK_MS);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Thread.sleep(SETTLE_MS);
        double missed = SlabProcess.metric(node.url(), "thalweg_slab_bytes") - held;
        double bytes = SlabProcess.metric(node.url(), "thalweg_slab_sent_bytes_total")
                + slab.metric("thalweg_slab_sent_bytes_total")
                - sent;
        System.out.printf(
                Locale.ROOT,
                "after a partition in which %,d objects were made: all on both %.1f s after it ended, %.3f bytes sent"
                        + " for a byte missed%n",
                made,
                seconds,
                bytes / missed);
        report.root().put("healedSeconds", seconds).put("healedBytesForAByte", bytes / missed);
    }

    private void overThree(NodeProcess node, List<URI> slabs) throws Exception {
        String token = token(node.url(), node);
        List<String> objects = new ArrayList<>();
        int wanted = Math.max(connections, writes / 10);
        double sent = SlabProcess.metric(node.url(), "thalweg_slab_sent_bytes_total");
        double creates = rate(node.url(), token, wanted, (caller, _) -> {
            String id = caller.call("POST", "/topics/things/objects?durability=7&timeout=30000", CREATE)
                    .get("object_id")
                    .asString();
            synchronized (objects) {
                objects.add(id);
            }
        });
        double bytes = (SlabProcess.metric(node.url(), "thalweg_slab_sent_bytes_total") - sent) / wanted;
        Table table = new Table("over three slabs", "");
        table.row("create an object that two slabs have, a second", Table.rate(creates));
        table.row("bytes that its node sends for it", Table.rate(bytes));
        double reads = 0;
        for (URI slab : slabs) {
            reads += rate(
                            slab,
                            token(slab, node),
                            writes,
                            (caller, i) -> caller.call("GET", "/objects/" + objects.get(i % objects.size()), ""))
                    / slabs.size();
        }
        table.row("read it on a slab that joined, a second", Table.rate(reads));
        table.print(System.out);
        report.root()
                .put("createsOnTwoPerSecond", creates)
                .put("gossipBytes", bytes)
                .put("readsOnJoinedPerSecond", reads);
    }

    private void documents() throws IOException, InterruptedException {
        Table table = new Table("library", "edits", "edits a second", "read in memory", "read from its file", "stored");
        ArrayNode rows = report.root().putArray("libraries");
        for (JsonNode row : NodePeers.measure(workspace.folder(), edits)) {
            rows.add(row);
            table.row(
                    row.get("system").asString(),
                    String.format("%,d", row.get("edits").asInt()),
                    Table.rate(row.get("editsPerSecond").asDouble()),
                    Table.time(row.get("warmNs").asLong()),
                    Table.time(row.get("coldNs").asLong()),
                    String.format("%,d", row.get("storedBytes").asLong()));
        }
        table.print(System.out);
    }

    private void stores() throws Exception {
        Table table = new Table("store", "writes a second", "objects for one of them");
        ArrayNode rows = report.root().putArray("stores");
        for (PlainStore store : PlainStore.values()) {
            String name = store.name().toLowerCase(Locale.ROOT);
            Optional<Path> program = store.program();
            if (program.isEmpty()) {
                table.row(name, "absent: install Debian's package", "-");
                rows.addObject().put("system", name).put("absent", true);
                continue;
            }
            int port = PeerServer.freePort();
            try (PeerServer server = store.start(program.get(), workspace.fresh("memos-" + name), port)) {
                double puts = concurrently(writes, () -> {
                    PlainStore.Writer writer = store.connect(port);
                    return new Worker() {
                        @Override
                        public void run(int number) throws IOException {
                            writer.put("k" + number, CREATE);
                        }

                        @Override
                        public void close() throws IOException {
                            writer.close();
                        }
                    };
                });
                double ratio = report.root().get("createsPerSecond").asDouble() / puts;
                table.row(name, Table.rate(puts), Table.ratio(ratio));
                rows.addObject()
                        .put("system", name)
                        .put("putsPerSecond", puts)
                        .put("cpuSeconds", server.cpu().toMillis() / 1e3);
            }
        }
        table.print(System.out);
    }

    /** The heap that what is stored takes, of small objects and of such with longer histories. */
    private void memory() throws IOException {
        Table table = new Table(
                "objects", "edits of each", "stored", "heap for a byte, all hot", "heap for a byte, all cold");
        ArrayNode rows = report.root().putArray("memory");
        for (int each : List.of(0, 10, 100)) {
            HotMemory.Seen seen =
                    HotMemory.measure(workspace.fresh("memos-memory-" + each), MEMORY_MEMOS / (each + 1), each);
            table.row(
                    String.format("%,d", seen.objects()),
                    Integer.toString(each),
                    String.format("%,d", seen.storedBytes()),
                    Table.ratio(seen.hot()),
                    Table.ratio(seen.cold()));
            rows.addObject()
                    .put("objects", seen.objects())
                    .put("edits", each)
                    .put("storedBytes", seen.storedBytes())
                    .put("hot", seen.hot())
                    .put("cold", seen.cold());
        }
        table.print(System.out);
    }

    private void upkeep() {
        ScoreUpkeep.Seen seen = ScoreUpkeep.measure(resident);
        System.out.printf(
                Locale.ROOT,
                "scores of %,d memos in %,d sets of holders: %.2f ms a beat, %.3f %% of a core%n",
                seen.memos(),
                seen.sets(),
                seen.beatNs() / 1e6,
                100 * seen.coreShare());
        report.root()
                .putObject("upkeep")
                .put("memos", seen.memos())
                .put("sets", seen.sets())
                .put("beatNs", seen.beatNs())
                .put("coreShare", seen.coreShare());
    }

    private NodeProcess histories(NodeProcess running, Path data) throws Exception {
        List<String> objects = new ArrayList<>();
        List<Long> warm = new ArrayList<>();
        List<String> spare = new ArrayList<>();
        try (NodeClient client = running.client();
                Caller caller = new Caller(running.url(), client.token())) {
            for (int i = 0; i < SPARE; i++) {
                spare.add(caller.call("POST", "/topics/things/objects", CREATE)
                        .get("object_id")
                        .asString());
            }
            for (int count : edits) {
                String id = caller.call("POST", "/topics/things/objects", "{}")
                        .get("object_id")
                        .asString();
                objects.add(id);
                for (int i = 0; i < count; i++) {
                    caller.call("PATCH", "/objects/" + id, "{\"set\":{\"name\":\"n" + i + "\"},\"add\":{\"n\":1}}");
                }
                warm.add(median(caller, id));
            }
        }
        running.stop();
        NodeProcess again = NodeProcess.start(workspace.launcher(), data);
        Table table = new Table("edits", "read in memory", "first read of it after a start");
        ArrayNode rows = report.root().putArray("histories");
        try (NodeClient client = again.client();
                Caller caller = new Caller(again.url(), client.token())) {
            long first = System.nanoTime();
            caller.call("GET", "/objects/" + spare.getFirst(), "");
            long firstNs = System.nanoTime() - first;
            System.out.println("the first request of all after a start: " + Table.time(firstNs));
            report.root().put("firstRequestNs", firstNs);
            for (String each : spare) {
                caller.call("GET", "/objects/" + each, "");
            }
            for (int i = 0; i < objects.size(); i++) {
                long start = System.nanoTime();
                JsonNode read = caller.call("GET", "/objects/" + objects.get(i), "");
                long coldNs = System.nanoTime() - start;
                if (read.at("/fields/n").asInt() != edits.get(i)) {
                    throw new IOException("the object has " + read.at("/fields/n") + " edits, not " + edits.get(i));
                }
                table.row(String.format("%,d", edits.get(i)), Table.time(warm.get(i)), Table.time(coldNs));
                rows.addObject()
                        .put("edits", edits.get(i))
                        .put("warmNs", warm.get(i))
                        .put("coldNs", coldNs);
            }
        }
        table.print(System.out);
        return again;
    }

    private static long median(Caller caller, String object) throws IOException {
        long[] times = new long[READS];
        for (int i = 0; i < READS; i++) {
            long start = System.nanoTime();
            caller.call("GET", "/objects/" + object, "");
            times[i] = System.nanoTime() - start;
        }
        Arrays.sort(times);
        return times[READS / 2];
    }

    /** One call of a load; the number counts them. */
    private interface Step {
        void run(Caller caller, int number) throws IOException;
    }

    private double rate(URI url, String token, int count, Step step) throws Exception {
        return concurrently(count, () -> {
            Caller caller = new Caller(url, token);
            return new Worker() {
                @Override
                public void run(int number) throws IOException {
                    step.run(caller, number);
                }

                @Override
                public void close() throws IOException {
                    caller.close();
                }
            };
        });
    }

    /** What one thread does, over a connection of its own. */
    private interface Worker extends AutoCloseable {
        void run(int number) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** How many a second, by as many threads as there are connections. */
    private double concurrently(int count, Callable<Worker> workers) throws Exception {
        AtomicLong next = new AtomicLong();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                all.add(threads.submit(() -> {
                    try (Worker worker = workers.call()) {
                        for (long n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
                            worker.run((int) n);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        return count * 1e9 / (System.nanoTime() - start);
    }

    /** One connection that speaks JSON. */
    private static final class Caller implements AutoCloseable {
        private final HttpConnection connection;
        private final String headers;

        Caller(URI url, String token) throws IOException {
            connection = new HttpConnection(url, TIMEOUT_MS);
            headers = "Authorization: Bearer " + token + "\r\nContent-Type: application/json\r\n";
        }

        JsonNode call(String method, String path, String body) throws IOException {
            Response response = connection.exchange(
                    connection.request(method, path, headers, body.getBytes(StandardCharsets.UTF_8)));
            if (response.status() / 100 != 2) {
                throw new IOException(method + " " + path + " answered " + response.status() + ": " + response.text());
            }
            return JSON.readTree(response.body());
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
