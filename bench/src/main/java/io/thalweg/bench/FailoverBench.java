package io.thalweg.bench;

import io.thalweg.bench.javaviews.Pipelines;
import io.thalweg.bench.load.HttpConnection;
import io.thalweg.bench.node.LocalNodes;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.client.AppendSession;
import io.thalweg.client.LogClient;
import io.thalweg.client.NewEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How long nobody answers for a view with a large index when the node that leads it is killed: three nodes of one machine. */
@Command(
        name = "failover",
        mixinStandardHelpOptions = true,
        description = "From the kill of a view's leader until another node answers from its index, which is large.")
final class FailoverBench implements Callable<Integer> {
    private static final int NODES = 3;
    private static final int PARTITIONS = 4;
    private static final int VALUE_BYTES = 4 << 10;
    private static final long SEED = 20_261_130L;
    private static final int TIMEOUT_MS = 2_000;
    private static final long LOOK_NS = 1_000_000;
    private static final long PATIENCE_NS = 120_000_000_000L;
    private static final Duration APPEND_TIMEOUT = Duration.ofMinutes(5);

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(
            names = "--mib",
            defaultValue = "256",
            description = "Of the index; the disk takes about nine times as much; default ${DEFAULT-VALUE}.")
    private int mebibytes;

    private final Report report = new Report("failover");
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    @Override
    public Integer call() throws Exception {
        Path data = workspace.fresh("failover").resolve("data");
        try (LocalNodes nodes = LocalNodes.start(workspace.launcher(), data, NODES, 1)) {
            run(nodes);
        }
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return 0;
    }

    private void run(LocalNodes nodes) throws Exception {
        int keys = (int) ((long) mebibytes * (1 << 20) / VALUE_BYTES);
        String leader;
        String token;
        String last;
        try (NodeClient any = nodes.client(nodes.first())) {
            any.deployJavaView(Pipelines.Kept.NAME, Pipelines.Kept.class.getName(), PARTITIONS, Pipelines.jar());
            String log = any.logId(Pipelines.Kept.NAME);
            token = any.token();
            fill(nodes, any.leader(log), token, log, keys);
            leader = any.leader(log); // it may be another by now
            last = "k" + (keys - 1);
        }
        String wanted = value(keys - 1);
        List<String> others =
                nodes.ids().stream().filter(id -> !id.equals(leader)).toList();
        long answered = await(nodes, List.of(leader), token, last, wanted, System.nanoTime());
        System.err.printf(
                Locale.ROOT,
                "%,d keys of %d bytes; the leader answers in %.1f ms%n",
                keys,
                VALUE_BYTES,
                answered / 1e6);
        long start = System.nanoTime();
        nodes.kill(leader);
        long ns = await(nodes, others, token, last, wanted, start);
        Table table = new Table("index", "keys", "after the leader's kill");
        table.row(mebibytes + " MiB", String.format(Locale.ROOT, "%,d", keys), Table.time(ns));
        table.print(System.out);
        System.out.println("""

            From kill -9 of the node that leads the view until one of the two others answers a linearizable read of the newest key.\
            """);
        report.root().put("mebibytes", mebibytes).put("keys", keys).put("answeredNs", ns);
    }

    private static String value(long key) {
        SplittableRandom random = new SplittableRandom(SEED + key);
        StringBuilder text = new StringBuilder(VALUE_BYTES);
        while (text.length() < VALUE_BYTES) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }

    private void fill(LocalNodes nodes, String leader, String token, String log, int keys) throws Exception {
        AtomicLong left = new AtomicLong(keys);
        try (AppendSession session =
                LogClient.open(nodes.url(leader), token, APPEND_TIMEOUT).session(log)) {
            for (int i = 0; i < keys; i++) {
                var _ = session.append(NewEvent.of("k" + i, value(i).getBytes(StandardCharsets.UTF_8)))
                        .whenComplete((_, failed) -> {
                            if (failed != null) {
                                failure.compareAndSet(null, failed);
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
            throw new IOException("an append failed", failed);
        }
    }

    /** Asks in turn until one of the nodes answers with what is wanted; nanoseconds since {@code start}. */
    private static long await(LocalNodes nodes, List<String> ids, String token, String key, String wanted, long start)
            throws IOException {
        byte[] body = ("{\"path\":[[\"key\",\"" + key + "\"]]}").getBytes(StandardCharsets.UTF_8);
        String said = "nothing";
        for (int i = 0; System.nanoTime() - start < PATIENCE_NS; i++) {
            try (HttpConnection connection = new HttpConnection(nodes.url(ids.get(i % ids.size())), TIMEOUT_MS)) {
                HttpConnection.Response answer = connection.exchange(connection.request(
                        "POST",
                        "/views/" + Pipelines.Kept.NAME + "/indexes/" + Pipelines.Kept.NAME
                                + "/select?consistency=linearizable&timeout=1000",
                        "Authorization: Bearer " + token + "\r\nContent-Type: application/json\r\n",
                        body));
                if (answer.status() == 200 && answer.text().contains(wanted)) {
                    return System.nanoTime() - start;
                }
                said = answer.status() + " " + answer.text();
            } catch (IOException e) {
                said = e.toString();
            }
            LockSupport.parkNanos(LOOK_NS);
        }
        throw new IOException("no node answers; the last said " + said);
    }
}
