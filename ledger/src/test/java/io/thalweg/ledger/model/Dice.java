package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;

/** A seeded source of choices. */
final class Dice {
    private final SplittableRandom random;

    Dice(long seed) {
        random = new SplittableRandom(seed);
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** From 0 to {@code bound} exclusive. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Both bounds inclusive. */
    int between(int min, int max) {
        return random.nextInt(min, max + 1);
    }

    /** Both bounds inclusive. */
    long between(long min, long max) {
        return min + random.nextLong(max - min + 1);
    }

    long bits() {
        return random.nextLong();
    }

    BigInteger bits128() {
        return U128.of(random.nextLong(), random.nextLong());
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    final <T> T oneOf(T... choices) {
        return choices[below(choices.length)];
    }

    <T> T oneOf(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** Of a list that grows: half of the time one of the newest sixteen. */
    <T> T recentOf(List<T> choices) {
        int size = choices.size();
        return chance(0.5) ? choices.get(size - 1 - below(Math.min(16, size))) : oneOf(choices);
    }
}
