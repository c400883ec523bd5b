package io.thalweg.ledger.store.id;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.layout.U128;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ids of all shapes, against the JDK's sort; equal ids must stay in their order. */
final class IdSorterTest {
    /** How many of an id's bits are random, from which bit on. */
    enum Shape {
        RANDOM(0, 128),
        UPPER_HALF(64, 64),
        LOWER_HALF(0, 64),
        /** The upper half of what differs is the same for too many, the lower is not. */
        CROWDED(32, 36),
        FEW_UPPER_HALVES(0, 67),
        /** What the ids differ in is far apart. */
        BOTH_ENDS(0, 0),
        MANY_EQUAL(60, 10),
        /** A few each share the upper half of what differs. */
        SMALL_CROWDS(57, 7);

        final int from;
        final int bits;

        Shape(int from, int bits) {
            this.from = from;
            this.bits = bits;
        }
    }

    @ParameterizedTest
    @EnumSource
    void sortsIds(Shape shape) {
        IdSorter sorter = new IdSorter();
        for (int seed = 0; seed < 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int size = 1 + random.nextInt(seed % 10 == 0 ? 20_000 : 300);
            long[] low = new long[size];
            long[] high = new long[size];
            long prefixLow = random.nextLong();
            long prefixHigh = random.nextLong();
            for (int i = 0; i < size; i++) {
                low[i] = mixed(prefixLow, random.nextLong(), shape.from, shape.from + shape.bits);
                high[i] = mixed(prefixHigh, random.nextLong(), shape.from - 64, shape.from + shape.bits - 64);
                if (shape == Shape.SMALL_CROWDS) {
                    low[i] ^= random.nextLong() & 0xffff_ffffL;
                }
                if (shape == Shape.BOTH_ENDS) {
                    low[i] ^= random.nextLong() & 0xffff;
                    high[i] ^= random.nextLong() & 0xfL << 60;
                }
            }
            int[] order = sorter.sort(low, high, size);
            int[] expected = IntStream.range(0, size)
                    .boxed()
                    .sorted(Comparator.comparing(
                            (Integer i) -> i, (a, b) -> U128.compare(low[a], high[a], low[b], high[b])))
                    .mapToInt(Integer::intValue)
                    .toArray();
            assertThat(IntStream.of(order).limit(size).toArray())
                    .as("%s, seed %d", shape, seed)
                    .isEqualTo(expected);
        }
    }

    /** {@code base} with the bits {@code from} to before {@code to}, where a long has such, of another. */
    private static long mixed(long base, long other, int from, int to) {
        long mask = 0;
        for (int bit = Math.max(0, from); bit < Math.min(64, to); bit++) {
            mask |= 1L << bit;
        }
        return (base & ~mask) | (other & mask);
    }
}
