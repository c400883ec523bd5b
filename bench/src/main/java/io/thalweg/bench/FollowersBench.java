package io.thalweg.bench;

import io.thalweg.bench.javaviews.Pipelines;
import io.thalweg.bench.javaviews.Workload;
import io.thalweg.bench.load.Measured;
import io.thalweg.bench.load.TailStreams;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import io.thalweg.client.AppendSession;
import io.thalweg.client.LogClient;
import io.thalweg.client.NewEvent;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/**
 * Many who follow one log, or one key of an index: what each of them costs the node and the view's writer, and when they see what is appended.
 */
@Command(
        name = "followers",
        mixinStandardHelpOptions = true,
        description =
                "Many who follow one log, or one key of an index: memory of a follower, and the time from an append"
                        + " until it is seen.",
        footer = {
            "",
            "Cases:",
            "  log  tails of a log",
            "  key  subscriptions to a key of an index, which each event changes; and what the view's own threads do"
                    + " for an event, with them and without"
        })
final class FollowersBench implements Callable<Integer> {
    /** As many streams as the node takes on a connection. */
    private static final int TAILS_A_CONNECTION = 100;

    private static final int EVENT_BYTES = 100;
    private static final long PATIENCE_NS = 120_000_000_000L;
    private static final long LOOK_NS = 1_000_000;
    private static final int WARM_UP_EVENTS = 5;
    private static final List<String> CASES = List.of("log", "key");
    private static final String VIEW = "w";
    private static final String KEY = "k0";

    /** What a thread has had of the processor is told in hundredths of a second. */
    private static final double TICK_US = 10_000;

    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(names = "--cases", split = ",", description = "Which; default all.")
    private List<String> cases = CASES;

    @Option(
            names = "--writes",
            defaultValue = "20000",
            description =
                    "Events of which the processor time of the view's threads is taken; default ${DEFAULT-VALUE}.")
    private int writes;

    @Option(names = "--followers", defaultValue = "10000", description = "How many; default ${DEFAULT-VALUE}.")
    private int followers;

    @Option(names = "--events", defaultValue = "60", description = "Appended in all; default ${DEFAULT-VALUE}.")
    private int events;

    @Option(names = "--rate", defaultValue = "2", description = "Appended in a second; default ${DEFAULT-VALUE}.")
    private double rate;

    private final Report report = new Report("followers");
    private final ArrayNode results = report.root().putArray("results");
    private final Table writers = new Table("followers of the key", "writer's CPU for an event, alone", "with them");
    private final Table table = new Table(
            "case",
            "followers",
            "RSS each",
            "heap each",
            "p50",
            "p99",
            "max",
            "all have it p50",
            "CPU for each seen",
            "idle CPU");

    @Override
    public Integer call() throws Exception {
        for (String each : cases) {
            if (!CASES.contains(each)) {
                throw new IllegalArgumentException("no case " + each + "; there are " + CASES);
            }
            NodeProcess node = NodeProcess.start(
                    workspace.launcher(), workspace.fresh("followers").resolve("data"), "-Xmx2g");
            try (NodeClient client = node.client()) {
                run(each, node, client);
            } finally {
                node.stop();
            }
        }
        table.print(System.out);
        if (cases.contains("key")) {
            System.out.println();
            writers.print(System.out);
        }
        System.out.println("""

            Followers come over HTTP/2, a hundred on a connection. RSS, heap: what the node's process has more with them than without, over their
            number; the heap after a collection. p50, p99: over all followers and events, from when the append is sent until the follower has it. all
            have it: the last of them. The followers' own process shares the machine; its threads take CPU time, too.\
            """);
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return 0;
    }

    /**
     * What is followed.
     *
     * @param path of the API
     * @param before events that each follower gets at once
     */
    private record Followed(String log, String path, int before) {}

    private Followed followed(String of, NodeClient client) throws IOException {
        if (of.equals("log")) {
            String log = client.createLog("followed");
            return new Followed(log, "/logs/" + log + "/tail", 0);
        }
        client.deployJavaView(VIEW, Pipelines.className(Workload.KEYS), 1, Pipelines.jar());
        client.selectNewest(VIEW, Workload.KEYS.index(), "{\"path\":[[\"key\",\"" + KEY + "\"]]}");
        return new Followed(
                client.logId(Workload.KEYS.log()),
                "/views/" + VIEW + "/indexes/" + Workload.KEYS.index() + "/subscribe?path="
                        + URLEncoder.encode("[[\"key\",\"" + KEY + "\"]]", StandardCharsets.UTF_8),
                1);
    }

    private void run(String of, NodeProcess node, NodeClient client) throws Exception {
        Followed followed = followed(of, client);
        String log = followed.log;
        AtomicLongArray sentNs = new AtomicLongArray(events);
        AtomicLongArray lastNs = new AtomicLongArray(events);
        Histogram latency = new ConcurrentHistogram(1_000, Measured.MAX_LATENCY_NS, 3);
        AtomicLong seen = new AtomicLong();
        TailStreams.Seen listener = heard -> {
            long now = System.nanoTime();
            int number = heard - followed.before;
            if (number < 0 || number >= events) {
                return;
            }
            if (number >= WARM_UP_EVENTS) {
                latency.recordValue(Math.clamp(now - sentNs.get(number), 0, Measured.MAX_LATENCY_NS));
            }
            lastNs.accumulateAndGet(number, now, Math::max);
            seen.incrementAndGet();
        };
        byte[] payload = ("{\"pad\":\"" + "x".repeat(EVENT_BYTES - 10) + "\"}").getBytes(StandardCharsets.US_ASCII);
        String other = client.createLog("warm-up");
        for (int i = 0; i < 2_000; i++) {
            client.append(other, payload);
        }
        double alone = of.equals("key") ? writerUs(node, client, log) : 0;
        long heapBefore = heap(node);
        long residentBefore = node.residentBytes();
        List<TailStreams> connections = new ArrayList<>();
        try {
            for (int left = followers; left > 0; left -= TAILS_A_CONNECTION) {
                int here = Math.min(left, TAILS_A_CONNECTION);
                TailStreams connection = new TailStreams(node.url(), here, listener);
                connections.add(connection);
                for (int i = 0; i < here; i++) {
                    connection.open(followed.path, client.token());
                }
            }
            System.err.println(followers + " tails are asked for");
            await(
                    connections,
                    () -> connections.stream().mapToLong(TailStreams::begun).sum() == followers);
            Duration idleFrom = node.cpu();
            Thread.sleep(Duration.ofSeconds(5));
            double idle = node.cpu().minus(idleFrom).toMillis() / 5_000.0;
            long heap = heap(node) - heapBefore;
            long resident = node.residentBytes() - residentBefore;
            Duration before = node.cpu();
            long seenBefore = seen.get();
            System.err.println("all of them follow");
            measure(client, log, payload, connections, seen, sentNs);
            double cpuUs = node.cpu().minus(before).toNanos() / 1e3 / Math.max(1, seen.get() - seenBefore);
            Histogram all = Measured.histogram();
            for (int i = WARM_UP_EVENTS; i < events; i++) {
                all.recordValue(Math.clamp(lastNs.get(i) - sentNs.get(i), 0, Measured.MAX_LATENCY_NS));
            }
            row(of, resident, heap, latency, all, cpuUs, idle);
            if (of.equals("key")) {
                double together = writerUs(node, client, log);
                writers.row(
                        Integer.toString(followers),
                        String.format(Locale.ROOT, "%.1f us", alone),
                        String.format(Locale.ROOT, "%.1f us", together));
                report.root().put("writerUsAlone", alone).put("writerUsFollowed", together);
            }
        } finally {
            for (TailStreams each : connections) {
                each.close();
            }
        }
    }

    /** Processor time of the view's own threads for an event of the key that is followed, in microseconds. */
    private double writerUs(NodeProcess node, NodeClient client, String log) throws Exception {
        double before = ticks(node);
        AtomicLong left = new AtomicLong(writes);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        try (AppendSession session = LogClient.open(node.url(), client.token(), Duration.ofMinutes(2))
                .session(log)) {
            for (int i = 0; i < writes; i++) {
                var _ = session.append(NewEvent.of(KEY, new byte[EVENT_BYTES])).whenComplete((_, failed) -> {
                    if (failed != null) {
                        failure.set(failed);
                    }
                    left.decrementAndGet();
                });
            }
            while (left.get() > 0) {
                LockSupport.parkNanos(LOOK_NS);
            }
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IOException("an append failed, so that the writer did less than is counted", failed);
        }
        client.selectNewest(VIEW, Workload.KEYS.index(), "{\"path\":[[\"key\",\"" + KEY + "\"]]}");
        return (ticks(node) - before) * TICK_US / writes;
    }

    /** What the view's threads have had of the processor; 0 where the system does not tell. */
    private static double ticks(NodeProcess node) throws IOException {
        Path tasks = Path.of("/proc", Long.toString(node.pid()), "task");
        if (!Files.isDirectory(tasks)) {
            return 0;
        }
        double ticks = 0;
        try (Stream<Path> threads = Files.list(tasks)) {
            for (Path thread : threads.toList()) {
                if (Files.readString(thread.resolve("comm")).startsWith("view-" + VIEW + "-")) {
                    String stat = Files.readString(thread.resolve("stat"));
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                    ticks += Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
                }
            }
        }
        return ticks;
    }

    private void measure(
            NodeClient client,
            String log,
            byte[] payload,
            List<TailStreams> connections,
            AtomicLong seen,
            AtomicLongArray sentNs)
            throws IOException {
        long start = System.nanoTime();
        for (int i = 0; i < events; i++) {
            long due = start + (long) (i * 1e9 / rate);
            for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
                LockSupport.parkNanos(due - now);
            }
            sentNs.set(i, System.nanoTime());
            client.append(log, KEY, payload);
        }
        await(connections, () -> seen.get() == (long) followers * events);
    }

    private static void await(List<TailStreams> connections, BooleanSupplier done) throws IOException {
        long untilNs = System.nanoTime() + PATIENCE_NS;
        while (!done.getAsBoolean()) {
            for (TailStreams each : connections) {
                each.requireOpen();
            }
            if (System.nanoTime() - untilNs > 0) {
                throw new IOException("not all followers have all events in time");
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /** Bytes of the node's heap that are in use after a collection; 0 where nobody tells. */
    private static long heap(NodeProcess node) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(jcmd)) {
            return 0;
        }
        String pid = Long.toString(node.pid());
        said(jcmd, pid, "GC.run");
        Matcher used = USED.matcher(said(jcmd, pid, "GC.heap_info"));
        return used.find() ? Long.parseLong(used.group(1)) << 10 : 0;
    }

    private static String said(Path program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + code + ": " + said);
        }
        return said;
    }

    private void row(String of, long resident, long heap, Histogram latency, Histogram all, double cpuUs, double idle) {
        table.row(
                of,
                Integer.toString(followers),
                String.format(Locale.ROOT, "%.1f KiB", resident / 1024.0 / followers),
                String.format(Locale.ROOT, "%.1f KiB", heap / 1024.0 / followers),
                Table.time(latency.getValueAtPercentile(50)),
                Table.time(latency.getValueAtPercentile(99)),
                Table.time(latency.getMaxValue()),
                Table.time(all.getValueAtPercentile(50)),
                String.format(Locale.ROOT, "%.1f us", cpuUs),
                String.format(Locale.ROOT, "%.0f %%", idle * 100));
        results.addObject()
                .put("case", of)
                .put("followers", followers)
                .put("events", events)
                .put("residentBytesEach", (double) resident / followers)
                .put("heapBytesEach", (double) heap / followers)
                .put("p50Ns", latency.getValueAtPercentile(50))
                .put("p99Ns", latency.getValueAtPercentile(99))
                .put("maxNs", latency.getMaxValue())
                .put("allP50Ns", all.getValueAtPercentile(50))
                .put("seen", latency.getTotalCount())
                .put("cpuUsForEachSeen", cpuUs)
                .put("idleCpu", idle);
    }
}
