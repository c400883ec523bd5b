package io.thalweg.examples;

import java.util.Random;

/**
 * Lives of a test, each with what one seed makes of chance: new seeds in each build. {@code -Dthalweg.seeds=N} takes so many, {@code
 * -Dthalweg.seed=S} begins with that one.
 */
final class Seeds {
    private static final long FIRST = Long.getLong("thalweg.seed", new Random().nextInt(1 << 20));

    private Seeds() {}

    /** What happens in a life, by chance; it throws when it did not go as it should. */
    interface Life {
        void live(Random random);
    }

    /** @param usual how many in a build */
    static void each(int usual, Life life) {
        long seeds = Long.getLong("thalweg.seeds", usual);
        for (long seed = FIRST; seed < FIRST + seeds; seed++) {
            try {
                life.live(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dthalweg.seed=" + seed + " -Dthalweg.seeds=1", e);
            }
        }
    }
}
