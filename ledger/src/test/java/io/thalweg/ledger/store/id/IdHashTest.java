package io.thalweg.ledger.store.id;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class IdHashTest {
    private static final int IDS = 1 << 16;

    /** Cells of a table with a fourth as many as there are ids; 16 ids each, if the hash is good. */
    private static final int CELLS = IDS / 16;

    /** More than this in one cell has a chance of less than one in 10^15. */
    private static final int CROWD = 64;

    /** How many of the ids share the fullest cell, taking {@code shift} bits off the hash. */
    private static int fullest(long[] hashes, int shift) {
        int[] cells = new int[CELLS];
        for (long hash : hashes) {
            cells[(int) (hash >>> shift) & (CELLS - 1)]++;
        }
        return Arrays.stream(cells).max().orElseThrow();
    }

    private static void assertSpread(long[] hashes, String what) {
        for (int shift = 0; shift <= 52; shift += 4) {
            assertThat(fullest(hashes, shift))
                    .as("%s, bits from %d", what, shift)
                    .isLessThan(CROWD);
        }
    }

    @Test
    void idsAsClientsMakeThemAreSpread() {
        assertSpread(LongStream.range(0, IDS).map(i -> IdHash.of(i, 0)).toArray(), "numbers");
        assertSpread(LongStream.range(0, IDS).map(i -> IdHash.of(0, i)).toArray(), "upper halves");
        assertSpread(LongStream.range(0, IDS).map(i -> IdHash.of(i << 48, 7)).toArray(), "upper bits");
        SplittableRandom random = new SplittableRandom(1);
        assertSpread(
                LongStream.range(0, IDS)
                        .map(i -> IdHash.of(random.nextLong(), (1_700_000_000_000L + i / 100) << 16 | (i & 0xffff)))
                        .toArray(),
                "time and chance");
    }

    /** The hash in files is known to everybody, so that ids can be made that all have the same. */
    @Test
    void idsThatWereMadeToCollideInFilesAreSpread() {
        long added = Long.parseUnsignedLong("9E3779B97F4A7C15", 16);
        long factor = Long.parseUnsignedLong("BF58476D1CE4E5B9", 16);
        long inverse = factor;
        for (int i = 0; i < 6; i++) {
            inverse *= 2 - factor * inverse;
        }
        long one = Ids.storedHash(0, 0);
        long first = added * factor;
        long[] hashes = new long[IDS];
        for (int i = 0; i < IDS; i++) {
            // What the first multiplication must give for the rest to be the same as for the id of zero.
            long mixed = first ^ (first >>> 32) ^ Long.rotateLeft(i * 0xC2B2AE3D27D4EB4FL, 29);
            long low = (mixed ^ (mixed >>> 32)) * inverse - added;
            assertThat(Ids.storedHash(low, i)).isEqualTo(one);
            hashes[i] = IdHash.of(low, i);
        }
        assertSpread(hashes, "made to collide");
    }
}
