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
    private final List<Lane> lanes = new ArrayList<>();

    /** What would be a thread, and what it has to do, in order. */
    private static final class Lane implements Executor {
        final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            waiting.add(task);
        }
    }

    /** @param random decides everything; the caller may go on drawing from it between steps */
    public Simulation(SplittableRandom random, SimulatedClock clock) {
        this.random = random;
        this.clock = clock;
    }

    /** A new executor. */
    public Executor lane() {
        Lane lane = new Lane();
        lanes.add(lane);
        return lane;
    }

    /** A lane that ended with its process: what it had to do is not done any more. */
    void end(Executor lane) {
        lanes.remove(lane);
    }

    /** Runs everything that waits in one lane. */
    void finish(Executor lane) {
        Lane tasks = (Lane) lane;
        while (lanes.contains(tasks) && !tasks.waiting.isEmpty()) {
            tasks.waiting.remove().run();
        }
    }

    /** Runs one task of one lane and lets a little time pass; false when no lane has any. */
    public boolean step() {
        int ready = 0;
        for (Lane lane : lanes) {
            ready += lane.waiting.isEmpty() ? 0 : 1;
        }
        if (ready == 0) {
            return false;
        }
        int chosen = random.nextInt(ready);
        for (Lane lane : lanes) {
            if (!lane.waiting.isEmpty() && chosen-- == 0) {
                clock.advance(random.nextInt(100_000));
                lane.waiting.remove().run();
                return true;
            }
        }
        throw new AssertionError("a lane was ready");
    }
}
