package io.thalweg.cli.local;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.testkit.nemesis.PeerLinks;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * What happens to the processes of a cluster, in them, and on the ways between them, by seed: deaths without warning of one, of a majority, of all; sleeps from
 * which a leader wakes up deposed without knowing it; both at once; partitions of each shape, with loss in one direction, too, and delay; a leader whose clock is
 * wrong, and a slow disk. Each fault ends with all nodes running, and reaching each other. One thread.
 */
final class Nemesis {
    /** A kind of fault. */
    enum Fault {
        KILL_ONE,
        PAUSE_ONE,
        /** The other comes back with a clock that is a day ahead, leads, and dies again. */
        PAUSE_ONE_WHILE_ANOTHER_DIES,
        PAUSE_MAJORITY,
        KILL_MAJORITY,
        KILL_ALL,
        /** Nobody hears one, and it hears nobody. */
        CUT_OFF_ONE,
        /** Two do not hear each other, and the third hears both. */
        CUT_ONE_LINK,
        /** One hears nobody, and is heard. */
        DEAFEN_ONE,
        /** One hears everybody, and is not heard. */
        MUTE_ONE,
        /** What goes to and from one is late, and another's disk is slow. */
        SLOW_ONE,
        /** One is ended in order and comes back, and then another, without a pause, as by somebody who is in a hurry to upgrade. */
        RESTART_TWO_IN_TURN;

        /**
         * Whether a build can do without it: a death of one comes with {@link #PAUSE_ONE_WHILE_ANOTHER_DIES} and in other tests, and a majority is away
         * in {@link #PAUSE_MAJORITY} and dies in {@link #KILL_ALL}; an end in order is in other tests.
         */
        boolean forNights() {
            return this == KILL_ONE || this == KILL_MAJORITY || this == RESTART_TWO_IN_TURN;
        }
    }

    private static final Duration SLOW = Duration.ofMillis(150);
    private static final Duration SLOW_DISK = Duration.ofMillis(200);
    private static final Duration AHEAD = Duration.ofDays(1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Of a cluster with two for data. */
    private static final int SHARDS = 3;

    private final LocalProcess local;
    private final PeerLinks links;
    private final Random random;

    /** @param links between all nodes */
    Nemesis(LocalProcess local, PeerLinks links, long seed) {
        this.local = local;
        this.links = links;
        this.random = new Random(seed);
    }

    /** Brings a fault about and ends it. Returns when what was killed serves again. */
    void act(Fault fault) throws Exception {
        List<String> nodes = new ArrayList<>(local.all("id"));
        Collections.shuffle(nodes, random);
        List<String> majority = nodes.subList(0, nodes.size() / 2 + 1);
        switch (fault) {
            case KILL_ONE -> killed(nodes.subList(0, 1), this::aWhile);
            case KILL_MAJORITY -> killed(majority, this::aWhile);
            case KILL_ALL -> killed(nodes, () -> {});
            case PAUSE_ONE -> paused(nodes.subList(0, 1), this::aWhile);
            case PAUSE_MAJORITY -> paused(majority, this::aWhile);
            case PAUSE_ONE_WHILE_ANOTHER_DIES ->
                paused(nodes.subList(0, 1), () -> {
                    local.kill(nodes.get(1));
                    aWhile();
                });
            case CUT_OFF_ONE -> parted(nodes, links::cut, links::cut);
            case CUT_ONE_LINK -> parted(nodes.subList(0, 2), links::cut, links::cut);
            case DEAFEN_ONE -> parted(nodes, (_, _) -> {}, links::cut);
            case MUTE_ONE -> parted(nodes, links::cut, (_, _) -> {});
            case RESTART_TWO_IN_TURN -> {
                for (String id : nodes.subList(0, 2)) {
                    local.stop(id);
                    local.startAgain(id);
                }
            }
            case SLOW_ONE ->
                inside(nodes.getLast(), "force = " + SLOW_DISK.toMillis(), () -> parted(nodes, this::slow, this::slow));
        }
        if (fault == Fault.PAUSE_ONE_WHILE_ANOTHER_DIES) {
            ahead(nodes.get(1));
        }
    }

    /** What was killed comes back with a wrong clock and leads: it goes by the others' clocks, and says so. Then it dies, and comes back as it should be. */
    private void ahead(String node) throws Exception {
        long before = said(node);
        local.fault(node, "ahead = " + AHEAD.toSeconds());
        local.startAgain(node);
        long endNs = System.nanoTime() + PATIENCE.toNanos();
        while (said(node) == before) {
            if (System.nanoTime() > endNs) {
                throw new AssertionError(node + " does not say that its clock is wrong");
            }
            lead(node);
            Thread.sleep(200);
        }
        local.kill(node);
        local.fault(node, "");
        local.startAgain(node);
    }

    private long said(String node) throws IOException {
        try (Stream<String> lines = Files.lines(local.log(node))) {
            return lines.filter(line -> line.contains("ahead of the majority's: its stamps are held"))
                    .count();
        }
    }

    /** Has it lead all that is written to, as far as that is possible just now. */
    private void lead(String node) throws Exception {
        try (Api api = local.operator(node)) {
            for (int shard = 0; shard < SHARDS; shard++) {
                var _ = api.post(
                        "/operator/cluster/transfer",
                        Api.JSON.createObjectNode().put("shard", shard).put("node", node));
            }
        } catch (IOException | Failure e) {
            // Not yet: it has started just now.
        }
    }

    /** While a node has a fault that comes by the door for tests. */
    private void inside(String node, String fault, Meanwhile meanwhile) throws Exception {
        local.fault(node, fault);
        try {
            meanwhile.happens();
        } finally {
            local.fault(node, "");
        }
    }

    private interface Meanwhile {
        void happens() throws Exception;
    }

    /** Longer than an election, and sometimes much longer. */
    private void aWhile() throws InterruptedException {
        Thread.sleep(Duration.ofMillis(500 + random.nextInt(random.nextInt(4) == 0 ? 8_000 : 2_000)));
    }

    private void killed(List<String> nodes, Meanwhile meanwhile) throws Exception {
        nodes.forEach(local::kill);
        meanwhile.happens();
        // All at once: a node serves when it has a majority.
        List<CompletableFuture<Void>> starts = nodes.stream()
                .map(id -> CompletableFuture.runAsync(
                        () -> {
                            try {
                                local.startAgain(id);
                            } catch (IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        },
                        task -> Thread.ofPlatform().start(task)))
                .toList();
        starts.forEach(CompletableFuture::join);
    }

    /** Something on a way from one node to another. */
    private interface OnWay {
        void happens(String from, String to);
    }

    private void slow(String from, String to) {
        links.delay(from, to, SLOW);
    }

    /** The first of them is apart from each of the others. */
    private void parted(List<String> nodes, OnWay out, OnWay in) throws InterruptedException {
        for (String other : nodes.subList(1, nodes.size())) {
            out.happens(nodes.getFirst(), other);
            in.happens(other, nodes.getFirst());
        }
        try {
            aWhile();
        } finally {
            links.heal();
        }
    }

    private void paused(List<String> nodes, Meanwhile meanwhile) throws Exception {
        for (String id : nodes) {
            local.signal(id, "STOP");
        }
        try {
            meanwhile.happens();
        } finally {
            for (String id : nodes) {
                local.signal(id, "CONT");
            }
        }
    }
}
