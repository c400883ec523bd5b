package io.thalweg.ledger.store;

import io.thalweg.ledger.store.run.Run;
import java.util.ArrayList;
import java.util.List;

/**
 * The runs at one time, which cover all slots below {@code to}; newer records are in memory.
 *
 * @param runs in the order of their slots
 * @param to the slot behind the last run's
 */
record View(List<Run> runs, long to) {

    View {
        runs = List.copyOf(runs);
    }

    View plus(Run run) {
        List<Run> more = new ArrayList<>(runs);
        more.add(run);
        return new View(more, run.to());
    }

    /** With one run in the place of several. */
    View merged(List<Run> old, Run run) {
        List<Run> fewer = new ArrayList<>(runs);
        int at = fewer.indexOf(old.getFirst());
        fewer.removeAll(old);
        fewer.add(at, run);
        return new View(fewer, to);
    }

    /** Keeps all runs open; false if some were closed, and the view is an old one. */
    boolean acquire() {
        for (int i = 0; i < runs.size(); i++) {
            if (!runs.get(i).acquire()) {
                for (int j = 0; j < i; j++) {
                    runs.get(j).release();
                }
                return false;
            }
        }
        return true;
    }

    void release() {
        for (Run run : runs) {
            run.release();
        }
    }
}
