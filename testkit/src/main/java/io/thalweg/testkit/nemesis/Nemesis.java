package io.thalweg.testkit.nemesis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * What happens to the processes of a cluster, in them, and on the ways between them, by seed: deaths without warning of one, of a majority, of all; sleeps from
 * which a leader wakes up deposed without knowing it; both at once; partitions of each shape, with loss in one direction, too, and delay; a node whose clock is
 * wrong, and a slow disk. Each fault ends with all nodes running, and reaching each other. One thread.
 */
public class Nemesis {
    private static final Duration SLOW = Duration.ofMillis(150);
    private static final Duration SLOW_DISK = Duration.ofMillis(200);
    private static final Duration AHEAD = Duration.ofDays(1);

    private final Nodes nodes;
    private final PeerLinks links;
    private final Random random;

    /**
     * @param links between all nodes, of which this cuts some and heals all
     * @param seed of which each fault meets the same nodes, for as long
     */
    public Nemesis(Nodes nodes, PeerLinks links, long seed) {
        this.nodes = nodes;
        this.links = links;
        this.random = new Random(seed);
    }

    /** Brings a fault about and ends it. Returns when what was killed serves again. */
    public void act(Fault fault) throws Exception {
        List<String> met = new ArrayList<>(nodes.ids());
        Collections.shuffle(met, random);
        List<String> one = met.subList(0, 1);
        List<String> majority = met.subList(0, met.size() / 2 + 1);
        switch (fault) {
            case KILL_ONE -> killed(one, this::aWhile);
            case KILL_MAJORITY -> killed(majority, this::aWhile);
            case KILL_ALL -> killed(met, () -> {});
            case PAUSE_ONE -> paused(one, this::aWhile);
            case PAUSE_MAJORITY -> paused(majority, this::aWhile);
            case PAUSE_ONE_WHILE_ANOTHER_DIES -> {
                paused(one, () -> {
                    kill(met.get(1));
                    aWhile();
                });
                comesBackAhead(met.get(1));
            }
            case CUT_OFF_ONE -> parted(met, links::cut, links::cut);
            case CUT_ONE_LINK -> parted(met.subList(0, 2), links::cut, links::cut);
            case DEAFEN_ONE -> parted(met, (_, _) -> {}, links::cut);
            case MUTE_ONE -> parted(met, links::cut, (_, _) -> {});
            case RESTART_TWO_IN_TURN -> {
                for (String id : met.subList(0, 2)) {
                    ProcessHandle process = nodes.process(id);
                    process.destroy();
                    process.onExit().join();
                    nodes.start(id);
                }
            }
            case SLOW_ONE ->
                inside(met.getLast(), "force = " + SLOW_DISK.toMillis(), () -> parted(met, this::slow, this::slow));
        }
    }

    /** How long a fault lasts: longer than an election, and sometimes much longer. */
    protected void aWhile() throws Exception {
        Thread.sleep(Duration.ofMillis(500 + random.nextInt(random.nextInt(4) == 0 ? 8_000 : 2_000)));
    }

    /** While a node serves whose clock is a day ahead of the others'. */
    protected void whileAhead(String node) throws Exception {
        aWhile();
    }

    /** What was killed comes back with a wrong clock; then it dies, and comes back as it should be. */
    private void comesBackAhead(String node) throws Exception {
        inside(node, "ahead = " + AHEAD.toSeconds(), () -> {
            nodes.start(node);
            whileAhead(node);
            kill(node);
        });
        nodes.start(node);
    }

    private interface Meanwhile {
        void happens() throws Exception;
    }

    /** While a node has a fault that comes by the door for tests. */
    private void inside(String node, String fault, Meanwhile meanwhile) throws Exception {
        nodes.inside(node, fault);
        try {
            meanwhile.happens();
        } finally {
            nodes.inside(node, "");
        }
    }

    private void kill(String node) {
        ProcessHandle process = nodes.process(node);
        process.destroyForcibly();
        process.onExit().join();
    }

    private void killed(List<String> ids, Meanwhile meanwhile) throws Exception {
        ids.forEach(this::kill);
        meanwhile.happens();
        // All at once: a node serves when it has a majority.
        List<CompletableFuture<Void>> starts = ids.stream()
                .map(id -> CompletableFuture.runAsync(
                        () -> {
                            try {
                                nodes.start(id);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        task -> Thread.ofPlatform().start(task)))
                .toList();
        starts.forEach(CompletableFuture::join);
    }

    private void paused(List<String> ids, Meanwhile meanwhile) throws Exception {
        for (String id : ids) {
            signal(id, "STOP");
        }
        try {
            meanwhile.happens();
        } finally {
            for (String id : ids) {
                signal(id, "CONT");
            }
        }
    }

    private void signal(String id, String name) throws IOException, InterruptedException {
        String pid = Long.toString(nodes.process(id).pid());
        int code = new ProcessBuilder("kill", "-" + name, pid).start().waitFor();
        if (code != 0) {
            throw new IOException("kill -" + name + " " + pid + " ended with " + code);
        }
    }

    /** Something on a way from one node to another. */
    private interface OnWay {
        void happens(String from, String to);
    }

    private void slow(String from, String to) {
        links.delay(from, to, SLOW);
    }

    /** The first of them is apart from each of the others. */
    private void parted(List<String> ids, OnWay out, OnWay in) throws Exception {
        for (String other : ids.subList(1, ids.size())) {
            out.happens(ids.getFirst(), other);
            in.happens(other, ids.getFirst());
        }
        try {
            aWhile();
        } finally {
            links.heal();
        }
    }
}
