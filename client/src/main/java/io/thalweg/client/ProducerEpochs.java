package io.thalweg.client;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Numbers of which a later session of a producer has a greater one: the time in milliseconds, and behind it {@value #RANDOM_BITS} random bits, since of
 * two sessions with one number the second's events would be taken for repetitions of the first's. In one process each is greater than the one
 * before, whatever the clock does. Below 2^53 until 2039, so that any JSON keeps them.
 */
final class ProducerEpochs {
    private static final int RANDOM_BITS = 12;
    private static final ProducerEpochs OF_THIS_PROCESS = new ProducerEpochs(
            System::currentTimeMillis, () -> ThreadLocalRandom.current().nextLong(1L << RANDOM_BITS));

    private final LongSupplier clockMs;
    private final LongSupplier random;
    private final AtomicLong last = new AtomicLong();

    /** @param random below 2^{@value #RANDOM_BITS} */
    ProducerEpochs(LongSupplier clockMs, LongSupplier random) {
        this.clockMs = clockMs;
        this.random = random;
    }

    static long next() {
        return OF_THIS_PROCESS.following();
    }

    long following() {
        long now = (clockMs.getAsLong() << RANDOM_BITS) + random.getAsLong();
        return last.updateAndGet(before -> Math.max(before + 1, now));
    }
}
