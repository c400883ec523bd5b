package io.thalweg.bench;

import io.thalweg.bench.load.HttpConnection;
import io.thalweg.bench.load.Measured;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import io.thalweg.client.AppendSession;
import io.thalweg.client.LogClient;
import io.thalweg.client.NewEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Posts that fan out to timelines, by the view {@code Social} of the examples: the k-th user has followers as 1/k, as people have. First as many posts as
 * are taken, then half of that rate, with posts among them whose author waits until they stand in all of his followers' timelines.
 */
@Command(
        name = "social",
        mixinStandardHelpOptions = true,
        description =
                "Timelines on a power-law graph: writes a second and for a core, and from a post to its followers.")
final class SocialBench implements Callable<Integer> {
    private static final String VIEW = "social";
    private static final String VIEW_CLASS = "io.thalweg.examples.Social";
    private static final String VIEW_JAR = "examples/java/target/examples.jar";
    private static final int PARTITIONS = 4;
    private static final long SEED = 20_261_130L;
    private static final int PROBES_A_SECOND = 20;
    private static final long LOOK_NS = 1_000_000;
    private static final int TIMEOUT_MS = 120_000;

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(names = "--users", defaultValue = "5000", description = "Default ${DEFAULT-VALUE}.")
    private int users;

    @Option(
            names = "--follows",
            defaultValue = "100000",
            description = "Who follows whom, all together; default ${DEFAULT-VALUE}.")
    private int follows;

    @Option(names = "--posts", defaultValue = "20000", description = "At full speed; default ${DEFAULT-VALUE}.")
    private int posts;

    @Option(names = "--seconds", defaultValue = "15", description = "At half of that rate; default ${DEFAULT-VALUE}.")
    private int seconds;

    private final Report report = new Report("social");
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private int posted;

    @Override
    public Integer call() throws Exception {
        Path jar = workspace.repository().resolve(VIEW_JAR);
        if (!Files.exists(jar)) {
            throw new IOException(
                    "there is no " + jar + ": build it with ./mvnw -q package -pl examples/java -am" + " -DskipTests");
        }
        NodeProcess node = NodeProcess.start(
                workspace.launcher(), workspace.fresh("social").resolve("data"));
        try (NodeClient client = node.client()) {
            client.deployJavaView(VIEW, VIEW_CLASS, PARTITIONS, Files.readAllBytes(jar));
            run(node, client);
        } finally {
            node.stop();
        }
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return 0;
    }

    private void run(NodeProcess node, NodeClient client) throws Exception {
        int[] followers = graph(node, client);
        String log = client.logId("posts");
        fill(node, client, log, posts / 4); // what is compiled at first
        long begun = posted;
        Duration cpuBefore = node.cpu();
        long start = System.nanoTime();
        fill(node, client, log, posts);
        double elapsed = (System.nanoTime() - start) / 1e9;
        double cpu = node.cpu().minus(cpuBefore).toNanos() / 1e9;
        long writes = 0;
        for (long n = begun; n < posted; n++) {
            writes += followers[author(n)];
        }
        System.err.println(posts + " posts are in " + writes + " places of timelines");
        Histogram latency = pace(node, client, log, posts / elapsed / 2);
        Table table = new Table(
                "timeline writes/s",
                "for a core used",
                "posts/s",
                "fan-out",
                "to all timelines p50",
                "p99",
                "at posts/s");
        table.row(
                Table.rate(writes / elapsed),
                Table.rate(writes / cpu),
                Table.rate(posts / elapsed),
                String.format(Locale.ROOT, "%.1f", (double) writes / posts),
                Table.time(latency.getValueAtPercentile(50)),
                Table.time(latency.getValueAtPercentile(99)),
                Table.rate(posts / elapsed / 2));
        table.print(System.out);
        System.out.println("""

            for a core used: timeline writes over the processor time of the node's process. to all timelines: from when a post is due until it stands in the
            timelines of all who follow its author, at half of the rate.\
            """);
        report.root()
                .put("users", users)
                .put("follows", follows)
                .put("posts", posts)
                .put("timelineWritesPerSecond", writes / elapsed)
                .put("timelineWritesPerCpuSecond", writes / cpu)
                .put("postsPerSecond", posts / elapsed)
                .put("p50Ns", latency.getValueAtPercentile(50))
                .put("p99Ns", latency.getValueAtPercentile(99))
                .put("probes", latency.getTotalCount());
    }

    /** Makes profiles and has people follow each other; for each user, how many follow him. */
    private int[] graph(NodeProcess node, NodeClient client) throws Exception {
        String profiles = client.logId("profiles");
        append(node, client, profiles, users, n -> event(n, "{\"user\":\"u" + n + "\",\"name\":\"n" + n + "\"}"));
        settle(client);
        SplittableRandom random = new SplittableRandom(SEED);
        int[] followers = new int[users];
        Set<Long> known = new HashSet<>();
        int[][] pairs = new int[follows][];
        for (int made = 0; made < follows; ) {
            int from = random.nextInt(users);
            // The k-th is followed as often as 1/k.
            int to = (int) Math.exp(random.nextDouble() * Math.log(users)) - 1;
            if (from != to && known.add((long) from * users + to)) {
                followers[to]++;
                pairs[made++] = new int[] {from, to};
            }
        }
        append(
                node,
                client,
                client.logId("follows"),
                follows,
                n -> event(
                        pairs[n][0],
                        "{\"from\":\"u" + pairs[n][0] + "\",\"to\":\"u" + pairs[n][1] + "\",\"follow\":true}"));
        settle(client);
        System.err.println(users + " users, " + follows + " follows");
        return followers;
    }

    private static NewEvent event(int user, String json) {
        return NewEvent.of("u" + user, json.getBytes(StandardCharsets.UTF_8));
    }

    /** Any user, whoever follows. */
    private int author(long post) {
        return new SplittableRandom(SEED + post).nextInt(users);
    }

    private String post(long n) {
        return "{\"user\":\"u" + author(n) + "\",\"post\":\"p" + n + "\",\"text\":\"" + "x".repeat(80) + "\"}";
    }

    private void fill(NodeProcess node, NodeClient client, String log, int count) throws Exception {
        int first = posted;
        append(node, client, log, count, n -> event(author(first + n), post(first + n)));
        posted += count;
        settle(client);
    }

    /** Waits until all that was appended is processed, hops included. */
    private static void settle(NodeClient client) throws IOException {
        client.selectNewest(VIEW, "timeline", "{\"path\":[[\"key\",\"nobody\"]]}");
    }

    private void append(NodeProcess node, NodeClient client, String log, int count, IntFunction<NewEvent> events)
            throws Exception {
        AtomicLong left = new AtomicLong(count);
        try (AppendSession session = session(node, client, log)) {
            for (int n = 0; n < count; n++) {
                append(session, events.apply(n), left);
            }
            awaitNone(left);
        }
    }

    private static AppendSession session(NodeProcess node, NodeClient client, String log) {
        return LogClient.open(node.url(), client.token(), Duration.ofMillis(TIMEOUT_MS))
                .session(log);
    }

    private void append(AppendSession session, NewEvent event, AtomicLong left) throws Exception {
        var _ = session.append(event).whenComplete((_, failed) -> {
            if (failed != null) {
                failure.compareAndSet(null, failed);
            }
            left.decrementAndGet();
        });
        requireNoFailure();
    }

    private void requireNoFailure() throws IOException {
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IOException("an append failed", failed);
        }
    }

    private void awaitNone(AtomicLong left) throws IOException {
        while (left.get() > 0) {
            requireNoFailure();
            LockSupport.parkNanos(LOOK_NS);
        }
        requireNoFailure();
    }

    /** Posts in an open loop; some of them are waited for. */
    private Histogram pace(NodeProcess node, NodeClient client, String log, double rate) throws Exception {
        Histogram latency = new ConcurrentHistogram(1_000, Measured.MAX_LATENCY_NS, 3);
        ConcurrentLinkedQueue<HttpConnection> idle = new ConcurrentLinkedQueue<>();
        AtomicLong left = new AtomicLong();
        AtomicLong probes = new AtomicLong();
        try (AppendSession session = session(node, client, log);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            long until = start + seconds * 1_000_000_000L;
            long sent = 0;
            long probed = 0;
            for (long now = start; now < until; now = System.nanoTime()) {
                for (long due = (long) ((now - start) / 1e9 * rate); sent < due; sent++) {
                    long n = posted++;
                    left.incrementAndGet();
                    append(session, event(author(n), post(n)), left);
                }
                for (long due = (now - start) * PROBES_A_SECOND / 1_000_000_000L; probed < due; probed++) {
                    long n = posted++;
                    long since = start + (probed + 1) * 1_000_000_000L / PROBES_A_SECOND;
                    probes.incrementAndGet();
                    threads.execute(() -> {
                        probe(node, client, log, n, idle);
                        latency.recordValue(Math.min(System.nanoTime() - since, Measured.MAX_LATENCY_NS));
                        probes.decrementAndGet();
                    });
                }
                LockSupport.parkNanos(LOOK_NS);
            }
            awaitNone(left);
            awaitNone(probes);
        }
        for (HttpConnection each : idle) {
            each.close();
        }
        return latency;
    }

    private void probe(
            NodeProcess node, NodeClient client, String log, long n, ConcurrentLinkedQueue<HttpConnection> idle) {
        try {
            HttpConnection free = idle.poll();
            HttpConnection connection = free == null ? new HttpConnection(node.url(), TIMEOUT_MS) : free;
            HttpConnection.Response answer = connection.exchange(connection.request(
                    "POST",
                    "/logs/" + log + "/append?ack=full&timeout=60000",
                    "Authorization: Bearer " + client.token() + "\r\nContent-Type: application/json\r\nThalweg-Key: u"
                            + author(n) + "\r\n",
                    post(n).getBytes(StandardCharsets.UTF_8)));
            if (answer.status() != 200) {
                throw new IOException("a post was answered " + answer.status() + ": " + answer.text());
            }
            idle.add(connection);
        } catch (IOException e) {
            failure.compareAndSet(null, e);
        }
    }
}
