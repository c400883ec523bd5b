package io.thalweg.bench.kill;

import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Kills a real node with {@code kill -9} while writers append, as often as asked, always on the same data. After each kill the node is
 * started again and judged: every acknowledged event is where its writer was told, nothing is there twice, batches are whole,
 * sequences have no gap, and the view counts what a recount of the log counts. At the end the log is read once more from its first
 * event, after a clean stop.
 *
 * @param launcher the {@code thalweg} script
 * @param data the node's data directory, fresh
 * @param component a counter view: events {@code {"inc":N}}, answer {@code {"count":N}}; null to do without
 * @param kills how often
 * @param writers how many append at the same time; the last one appends batches
 * @param seed of the moments of the kills
 */
public record KillNine(Path launcher, Path data, byte @Nullable [] component, int kills, int writers, long seed) {
    private static final int BATCH = 50;
    private static final int MIN_LOAD_MS = 50;
    private static final int MAX_LOAD_MS = 1_500;
    private static final int POLL_MS = 5;
    private static final String LOG = "kill-nine";
    private static final String VIEW = "count";

    /**
     * What a run found.
     *
     * @param acknowledged events that writers were told are durable
     * @param events in the log at the end; more, since an answer can be lost while its event is not
     * @param slowestReadyNs longest start of a process to its ready line
     * @param problems empty when all is well
     */
    public record Outcome(long acknowledged, long events, long slowestReadyNs, List<String> problems) {}

    /** State of one run. */
    private static final class Run {
        final List<MarkWriter> writers = new ArrayList<>();
        final List<MarkWriter.Acknowledged> allAcknowledged = new ArrayList<>();
        final List<String> problems = new ArrayList<>();
        final Map<MarkWriter, Long> toldBefore = new HashMap<>();
        String logId = "";
        long slowestReadyNs;
    }

    /** Runs it; stops at the first kill after which something is wrong. Progress goes to {@code progress}, a line a kill. */
    public Outcome run(PrintStream progress) throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        Run run = new Run();
        for (int i = 0; i < writers; i++) {
            run.writers.add(new MarkWriter(i, i == writers - 1 ? BATCH : 1));
        }
        Recount recount = recount(run);
        progress.println("kill -9 " + kills + " times, seed " + seed);
        for (int kill = 0; kill <= kills && run.problems.isEmpty(); kill++) {
            try (NodeProcess node = start(run);
                    NodeClient client = node.client()) {
                if (kill == 0) {
                    run.logId = client.createLog(LOG);
                    if (component != null) {
                        client.deployView(run.logId, VIEW, component);
                    }
                }
                judge(client, run, recount);
                progress.printf(
                        "kill %d of %d: ready again, %,d events, %,d acknowledged, %s%n",
                        kill,
                        kills,
                        recount.head(),
                        run.allAcknowledged.size(),
                        run.problems.isEmpty() ? "all as told" : run.problems);
                if (kill < kills && run.problems.isEmpty()) {
                    loadThenKill(node, client, run, random.nextInt(MIN_LOAD_MS, MAX_LOAD_MS));
                } else {
                    node.stop();
                }
            }
        }
        if (run.problems.isEmpty()) {
            readOnceMoreFromTheStart(run);
        }
        return new Outcome(run.allAcknowledged.size(), recount.head(), run.slowestReadyNs, List.copyOf(run.problems));
    }

    private NodeProcess start(Run run) throws IOException, InterruptedException {
        NodeProcess node = NodeProcess.start(launcher, data);
        run.slowestReadyNs = Math.max(run.slowestReadyNs, node.readyNs());
        return node;
    }

    private static Recount recount(Run run) {
        return new Recount(run.writers.stream().mapToInt(MarkWriter::batch).toArray());
    }

    /** Reads what is new since the last time, and compares it with what the writers were told meanwhile. */
    private void judge(NodeClient client, Run run, Recount recount) throws IOException {
        client.readAll(run.logId, recount.head() + 1, recount::event);
        for (MarkWriter writer : run.writers) {
            for (MarkWriter.Acknowledged told : writer.takeAcknowledged()) {
                recount.acknowledged(told.writer(), told.number(), told.sequence());
                run.allAcknowledged.add(told);
            }
        }
        run.problems.addAll(recount.problems());
        checkView(client, run, recount);
    }

    private void checkView(NodeClient client, Run run, Recount recount) throws IOException {
        if (component == null) {
            return;
        }
        String answer = new String(client.query(run.logId, VIEW, recount.head(), new byte[0]), StandardCharsets.UTF_8);
        String expected = "{\"count\":" + recount.sum() + "}";
        if (!answer.equals(expected)) {
            run.problems.add("the view answers " + answer + " at " + recount.head() + ", a recount gives " + expected);
        }
    }

    private void loadThenKill(NodeProcess node, NodeClient client, Run run, int loadMs)
            throws IOException, InterruptedException {
        String token = client.token();
        run.writers.forEach(writer -> run.toldBefore.put(writer, writer.told()));
        try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
            List<Future<?>> loads = new ArrayList<>();
            for (MarkWriter writer : run.writers) {
                Callable<@Nullable Void> load = () -> {
                    writer.writeUntilTheNodeIsGone(node.url(), token, run.logId);
                    return null;
                };
                loads.add(threads.submit(load));
            }
            awaitLoad(node, run, loads);
            Thread.sleep(loadMs);
            if (!node.alive()) {
                run.problems.add("the node died on its own:\n" + node.logTail());
            }
            node.kill();
            for (Future<?> load : loads) {
                load.get();
            }
        } catch (ExecutionException e) {
            run.problems.add(String.valueOf(e.getCause()));
        }
    }

    /** Returns when each writer was told something in this life of the node, so that every kill meets a load, however slow the machine. */
    private static void awaitLoad(NodeProcess node, Run run, List<Future<?>> loads) throws InterruptedException {
        for (MarkWriter writer : run.writers) {
            long before = run.toldBefore.getOrDefault(writer, 0L);
            while (writer.told() == before && node.alive() && loads.stream().noneMatch(Future::isDone)) {
                Thread.sleep(POLL_MS);
            }
        }
    }

    private void readOnceMoreFromTheStart(Run run) throws IOException, InterruptedException {
        Recount again = recount(run);
        try (NodeProcess node = start(run);
                NodeClient client = node.client()) {
            client.readAll(run.logId, 1, again::event);
            run.allAcknowledged.forEach(told -> again.acknowledged(told.writer(), told.number(), told.sequence()));
            run.problems.addAll(again.problems());
            checkView(client, run, again);
            node.stop();
        }
    }
}
