package io.thalweg.memo.durability;

/** Bounds of the score's inputs, said in words. */
final class Check {
    /** No duration, and no inverse of a rate, is longer: thirty thousand years. */
    static final double SECONDS_MAX = 1e12;

    private Check() {}

    static void positive(String what, double value) {
        if (!(value > 0 && value <= SECONDS_MAX)) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + value + ", expected more than 0 and at most " + SECONDS_MAX);
        }
    }

    static void rate(String what, double value) {
        if (!(value >= 0 && value <= SECONDS_MAX)) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + value + ", expected 0 or more and at most " + SECONDS_MAX);
        }
    }

    static void probability(String what, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("the " + what + " is " + value + ", expected between 0 and 1");
        }
    }
}
