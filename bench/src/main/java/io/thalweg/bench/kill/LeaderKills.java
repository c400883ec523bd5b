package io.thalweg.bench.kill;

import io.thalweg.bench.node.LocalNodes;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.client.LogClient;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * Kills the node that leads a log with {@code kill -9} while producers write to it, again and again, whoever leads then. It is started again, and the next kill
 * comes when all replicas are whole. What is measured is silence: the longest time in which nothing was acknowledged, from the moment of the kill until each writer
 * has gone on. At the end the log is recounted: each acknowledged event is where its writer was told, none is there twice, and each writer's are in order.
 *
 * @param launcher the {@code thalweg} script
 * @param data of the nodes, fresh
 * @param nodes how many, at least three
 * @param kills how often
 * @param writers how many write at the same time
 * @param seed of the moments of the kills
 */
public record LeaderKills(Path launcher, Path data, int nodes, int kills, int writers, long seed) {
    private static final String LOG = "leader-kills";
    private static final Duration EVENT_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration WHOLE_PATIENCE = Duration.ofMinutes(5);
    private static final int MIN_LOAD_MS = 500;
    private static final int MAX_LOAD_MS = 2_000;
    private static final long POLL_MS = 5;
    private static final long LOOK_MS = 100;

    /**
     * One kill.
     *
     * @param silenceNs longest time in which no writer's event was acknowledged, until all had gone on
     * @param slowestNs the same of the writer that waited longest
     * @param comebackNs longest time in which no writer's event was acknowledged while the node started again and became whole
     * @param wholeNs from the kill until then
     */
    public record Kill(String leader, long silenceNs, long slowestNs, long comebackNs, long wholeNs) {}

    /** @param problems empty when all is well */
    public record Outcome(List<Kill> kills, long acknowledged, long events, List<String> problems) {}

    /** Progress goes to {@code progress}, a line a kill. */
    public Outcome run(PrintStream progress) throws IOException, InterruptedException {
        progress.println("kill -9 of the leader of " + nodes + " nodes " + kills + " times, seed " + seed);
        try (LocalNodes cluster = LocalNodes.start(launcher, data, nodes, 1)) {
            String log;
            try (NodeClient any = cluster.client(cluster.first())) {
                log = any.createLog(LOG);
            }
            List<URI> urls = new ArrayList<>();
            for (String id : cluster.ids()) {
                urls.add(cluster.url(id));
            }
            Silence silence = new Silence();
            List<SessionWriter> all = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                // The first nodes of the writers are not all the same.
                List<URI> turned = new ArrayList<>(urls.subList(i % nodes, nodes));
                turned.addAll(urls.subList(0, i % nodes));
                LogClient client = LogClient.open(turned, cluster.apiKey(), EVENT_TIMEOUT);
                all.add(new SessionWriter(i, client, log, silence));
            }
            List<Kill> done = new ArrayList<>();
            try {
                SplittableRandom random = new SplittableRandom(seed);
                while (done.size() < kills && awaitWhole(cluster, all) && load(all, random)) {
                    Kill kill = kill(cluster, log, all, silence);
                    done.add(kill);
                    progress.printf(
                            Locale.ROOT,
                            "kill %d of %d: %s; %.0f ms, %.0f ms of the slowest writer; %.0f ms while it came back,"
                                    + " whole after %.1f s%n",
                            done.size(),
                            kills,
                            kill.leader,
                            kill.silenceNs / 1e6,
                            kill.slowestNs / 1e6,
                            kill.comebackNs / 1e6,
                            kill.wholeNs / 1e9);
                }
            } finally {
                for (SessionWriter writer : all) {
                    var _ = writer.stop();
                }
            }
            return recount(cluster, log, all, done);
        }
    }

    private Kill kill(LocalNodes cluster, String log, List<SessionWriter> all, Silence silence)
            throws IOException, InterruptedException {
        String leader;
        try (NodeClient any = cluster.client(cluster.first())) {
            leader = any.leader(log);
        }
        List<Long> before = all.stream().map(SessionWriter::told).toList();
        take(all, silence);
        long start = System.nanoTime();
        cluster.kill(leader);
        // Two more: the answer to what was under way may have been on its way to the writer.
        await(all, EVENT_TIMEOUT, () -> {
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).told() < before.get(i) + 2) {
                    return false;
                }
            }
            return true;
        });
        long slowest =
                all.stream().mapToLong(writer -> writer.silence().take()).max().orElse(0);
        long silent = silence.take();
        cluster.startAgain(leader);
        boolean _ = awaitWhole(cluster, all);
        return new Kill(leader, silent, slowest, silence.take(), System.nanoTime() - start);
    }

    private static void take(List<SessionWriter> all, Silence silence) {
        all.forEach(writer -> writer.silence().take());
        long _ = silence.take();
    }

    /** False when a writer has ended. */
    private static boolean await(List<SessionWriter> all, Duration patience, BooleanSupplier until)
            throws InterruptedException {
        long endNs = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < endNs && all.stream().allMatch(writer -> writer.failure() == null)) {
            if (until.getAsBoolean()) {
                return true;
            }
            Thread.sleep(POLL_MS);
        }
        return false;
    }

    private static boolean awaitWhole(LocalNodes cluster, List<SessionWriter> all)
            throws IOException, InterruptedException {
        long endNs = System.nanoTime() + WHOLE_PATIENCE.toNanos();
        while (!isWhole(cluster)) {
            if (System.nanoTime() > endNs) {
                throw new IOException(
                        "the cluster is not whole again after " + WHOLE_PATIENCE.toMinutes() + " minutes");
            }
            Thread.sleep(LOOK_MS);
        }
        return all.stream().allMatch(writer -> writer.failure() == null);
    }

    private static boolean isWhole(LocalNodes cluster) {
        try {
            return cluster.isWhole(cluster.first());
        } catch (IOException e) {
            return false; // it has just started, and does not answer in time
        }
    }

    /** Every kill meets a load, however slow the machine. */
    private static boolean load(List<SessionWriter> all, SplittableRandom random) throws InterruptedException {
        Thread.sleep(random.nextInt(MIN_LOAD_MS, MAX_LOAD_MS));
        List<Long> before = all.stream().map(SessionWriter::told).toList();
        return await(all, EVENT_TIMEOUT, () -> {
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).told() == before.get(i)) {
                    return false;
                }
            }
            return true;
        });
    }

    private Outcome recount(LocalNodes cluster, String log, List<SessionWriter> all, List<Kill> done)
            throws IOException, InterruptedException {
        int[] batches = new int[writers];
        Arrays.fill(batches, 1);
        Recount recount = new Recount(batches);
        try (NodeClient any = cluster.client(cluster.first())) {
            any.readAll(log, 1, recount::event);
        }
        long acknowledged = 0;
        List<String> problems = new ArrayList<>();
        for (SessionWriter writer : all) {
            for (MarkWriter.Acknowledged told : writer.stop()) {
                recount.acknowledged(told.writer(), told.number(), told.sequence());
                acknowledged++;
            }
            Optional.ofNullable(writer.failure())
                    .ifPresent(why -> problems.add("a writer ended though the cluster was there: " + why));
        }
        problems.addAll(recount.problems());
        return new Outcome(List.copyOf(done), acknowledged, recount.head(), List.copyOf(problems));
    }
}
