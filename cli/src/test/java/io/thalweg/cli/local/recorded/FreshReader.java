package io.thalweg.cli.local.recorded;

import io.thalweg.testkit.history.LogHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Asks for what was acknowledged so far, of whichever node, also one that has just slept. */
final class FreshReader extends LogReader {
    private long known;

    FreshReader(Run run, int index, String log, LogHistory events) {
        super(run, "fresh-reader-" + index, log, events);
    }

    @Override
    void act() throws InterruptedException {
        long from = Math.max(1, known - random.nextInt(20));
        long begunNs = System.nanoTime();
        Optional<Page> page = read("from=" + from + "&consistency=linearizable");
        if (page.isPresent()) {
            known = page.get().head();
            events.read(name, begunNs, System.nanoTime(), from, page.get().events(), known, true);
            done.incrementAndGet();
        }
    }

    /** All that the log has in the end. */
    List<String> inTheEnd() throws InterruptedException {
        List<String> all = new ArrayList<>();
        while (!run.isOverdue()) {
            Optional<Page> page = read("from=" + (all.size() + 1) + "&consistency=linearizable");
            if (page.isPresent()) {
                if (page.get().events().isEmpty()) {
                    return all;
                }
                all.addAll(page.get().events());
            }
        }
        throw new AssertionError("the log cannot be read long after the last fault");
    }
}
