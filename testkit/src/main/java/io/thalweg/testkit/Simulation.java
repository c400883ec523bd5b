package io.thalweg.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;

/**
 * All threads of a world in one: each {@link #lane} is an executor that would be a thread in production. A lane runs its tasks in
 * the order in which they came; which lane runs next is up to the seed. The same seed gives the same run. One thread.
 */
public final class Simulation {
    private final SplittableRandom random;
    private final SimulatedClock clock;
    private final List<ArrayDeque<Runnable>> lanes = new ArrayList<>();

    /** @param random decides everything; the caller may go on drawing from it between steps */
    public Simulation(SplittableRandom random, SimulatedClock clock) {
        this.random = random;
        this.clock = clock;
    }

    /** A new executor. */
    public Executor lane() {
        ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        lanes.add(tasks);
        return tasks::add;
    }

    /** Runs one task of one lane and lets a little time pass; false when no lane has any. */
    public boolean step() {
        int ready = 0;
        for (ArrayDeque<Runnable> lane : lanes) {
            ready += lane.isEmpty() ? 0 : 1;
        }
        if (ready == 0) {
            return false;
        }
        int chosen = random.nextInt(ready);
        for (ArrayDeque<Runnable> lane : lanes) {
            if (!lane.isEmpty() && chosen-- == 0) {
                clock.advance(random.nextInt(100_000));
                lane.remove().run();
                return true;
            }
        }
        throw new AssertionError("a lane was ready");
    }
}
