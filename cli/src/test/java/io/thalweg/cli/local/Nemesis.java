package io.thalweg.cli.local;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * What happens to the processes of a cluster, by seed: deaths without warning of one, of a majority, of all; sleeps from which a leader
 * wakes up deposed without knowing it; both at once. Each fault ends with all nodes running. One thread.
 */
final class Nemesis {
    /** A kind of fault. */
    enum Fault {
        KILL_ONE,
        PAUSE_ONE,
        PAUSE_ONE_WHILE_ANOTHER_DIES,
        PAUSE_MAJORITY,
        KILL_MAJORITY,
        KILL_ALL
    }

    private final LocalProcess local;
    private final Random random;

    Nemesis(LocalProcess local, long seed) {
        this.local = local;
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
