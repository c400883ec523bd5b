package io.thalweg.ledger.model.random;

import io.thalweg.ledger.model.U128;
import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;

/** A seeded source of choices. */
public final class Dice {
    private final SplittableRandom random;

    public Dice(long seed) {
        random = new SplittableRandom(seed);
    }

    public boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** From 0 to {@code bound} exclusive. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** Both bounds inclusive. */
    public int between(int min, int max) {
        return random.nextInt(min, max + 1);
    }

    /** Both bounds inclusive. */
    public long between(long min, long max) {
        return min + random.nextLong(max - min + 1);
    }

    public long bits() {
        return random.nextLong();
    }

    public BigInteger bits128() {
        return U128.of(random.nextLong(), random.nextLong());
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    public final <T> T oneOf(T... choices) {
        return choices[below(choices.length)];
    }

    public <T> T oneOf(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** Of a list that grows: half of the time one of the newest sixteen. */
    public <T> T recentOf(List<T> choices) {
        int size = choices.size();
        return chance(0.5) ? choices.get(size - 1 - below(Math.min(16, size))) : oneOf(choices);
    }
}
