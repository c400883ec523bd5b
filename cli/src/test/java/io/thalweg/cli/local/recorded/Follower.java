package io.thalweg.cli.local.recorded;

import io.thalweg.testkit.history.LogHistory;
import java.util.Optional;

/** Follows the log from node to node with the position of its last page, which no node may be behind. */
final class Follower extends LogReader {
    private long next = 1;

    Follower(Run run, int index, String log, LogHistory events) {
        super(run, "follower-" + index, log, events);
    }

    @Override
    void act() throws InterruptedException {
        long begunNs = System.nanoTime();
        Optional<Page> page = read(next == 1 ? "from=1" : "after=" + (next - 1));
        if (page.isPresent()) {
            // The next node must know what was read here, of which `after` tells it, not that there is more.
            long shown = next - 1 + page.get().events().size();
            long head = Math.min(page.get().head(), shown);
            events.read(name, begunNs, System.nanoTime(), next, page.get().events(), head, false);
            next = shown + 1;
            done.incrementAndGet();
            if (page.get().events().isEmpty()) {
                Thread.sleep(20);
            }
        }
    }
}
