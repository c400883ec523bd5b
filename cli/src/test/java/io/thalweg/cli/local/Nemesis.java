package io.thalweg.cli.local;

import io.thalweg.testkit.nemesis.PeerLinks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * What happens to the processes of a cluster, and on the ways between them, by seed: deaths without warning of one, of a majority, of all; sleeps from which a
 * leader wakes up deposed without knowing it; both at once; partitions of each shape, with loss in one direction, too, and delay. Each fault ends with all nodes
 * running, and reaching each other. One thread.
 */
final class Nemesis {
    /** A kind of fault. */
    enum Fault {
        KILL_ONE,
        PAUSE_ONE,
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
        SLOW_ONE;

        /**
         * Whether a build can do without it: a death of one comes with {@link #PAUSE_ONE_WHILE_ANOTHER_DIES} and in other tests, and a majority is away
         * in {@link #PAUSE_MAJORITY} and dies in {@link #KILL_ALL}.
         */
        boolean forNights() {
            return this == KILL_ONE || this == KILL_MAJORITY;
        }
    }

    private static final Duration SLOW = Duration.ofMillis(150);

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
            case SLOW_ONE -> parted(nodes, this::slow, this::slow);
        }
        if (fault == Fault.PAUSE_ONE_WHILE_ANOTHER_DIES) {
            local.startAgain(nodes.get(1));
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
