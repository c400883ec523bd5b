package io.thalweg.server.ledgerwire;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rounds on vectors of 64 bytes: the state is two of them, and all eight blocks go through a round at once. SubBytes is four
 * look-ups among 64 bytes each; ShiftRows and the step from one block to the next are part of MixColumns' permutations of both
 * vectors together. On a processor that permutes bytes across 64 at once (AVX-512 VBMI) four times as fast as tables; on others,
 * and until it is compiled, much slower, so {@link RoundsTrial} decides. Needs the module {@code jdk.incubator.vector}.
 */
final class VectorRounds implements AegisRounds {
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;

    private static final ByteVector SUBSTITUTES_00;
    private static final ByteVector SUBSTITUTES_40;
    private static final ByteVector SUBSTITUTES_80;
    private static final ByteVector SUBSTITUTES_C0;

    static {
        byte[] substitutes = AegisRounds.substitutes();
        SUBSTITUTES_00 = ByteVector.fromArray(BYTES, substitutes, 0);
        SUBSTITUTES_40 = ByteVector.fromArray(BYTES, substitutes, 64);
        SUBSTITUTES_80 = ByteVector.fromArray(BYTES, substitutes, 128);
        SUBSTITUTES_C0 = ByteVector.fromArray(BYTES, substitutes, 192);
    }

    // Which byte of the two vectors comes to each place: for blocks 0 to 3, and 4 to 7, by the row below in its column.
    private static final ByteVector LOWER_0 = sources(0, 0);
    private static final ByteVector LOWER_1 = sources(0, 1);
    private static final ByteVector LOWER_2 = sources(0, 2);
    private static final ByteVector LOWER_3 = sources(0, 3);
    private static final ByteVector UPPER_0 = sources(4, 0);
    private static final ByteVector UPPER_1 = sources(4, 1);
    private static final ByteVector UPPER_2 = sources(4, 2);
    private static final ByteVector UPPER_3 = sources(4, 3);

    /** True if this machine has vectors of 64 bytes at all. */
    static boolean possible() {
        return ByteVector.SPECIES_PREFERRED.vectorBitSize() >= BYTES.vectorBitSize();
    }

    private static ByteVector sources(int firstBlock, int below) {
        byte[] sources = new byte[64];
        for (int place = 0; place < 64; place++) {
            int block = (firstBlock + place / 16 + 7) % 8;
            int row = (place + below) % 4;
            int column = (place % 16 / 4 + row) % 4;
            sources[place] = (byte) (16 * block + 4 * column + row);
        }
        return ByteVector.fromArray(BYTES, sources, 0);
    }

    private static ByteVector substitute(ByteVector bytes) {
        return bytes.selectFrom(SUBSTITUTES_00, SUBSTITUTES_40)
                .blend(bytes.selectFrom(SUBSTITUTES_80, SUBSTITUTES_C0), bytes.compare(VectorOperators.LT, (byte) 0));
    }

    private static ByteVector twice(ByteVector bytes) {
        ByteVector doubled = bytes.add(bytes);
        return doubled.blend(
                doubled.lanewise(VectorOperators.XOR, (byte) 0x1b), bytes.compare(VectorOperators.LT, (byte) 0));
    }

    private static ByteVector xor(ByteVector a, ByteVector b) {
        return a.lanewise(VectorOperators.XOR, b);
    }

    private static ByteVector block(MemorySegment data, long at) {
        return (ByteVector) ByteVector.fromMemorySegment(ByteVector.SPECIES_128, data, at, ByteOrder.LITTLE_ENDIAN)
                .reinterpretShape(BYTES, 0);
    }

    @Override
    public void absorb(int[] state, MemorySegment data, long offset, long length) {
        ByteVector lower = IntVector.fromArray(IntVector.SPECIES_512, state, 0).reinterpretAsBytes();
        ByteVector upper = IntVector.fromArray(IntVector.SPECIES_512, state, 16).reinterpretAsBytes();
        for (long at = offset, end = offset + length; at < end; at += BLOCK_BYTES) {
            ByteVector low1 = substitute(lower);
            ByteVector high1 = substitute(upper);
            ByteVector low2 = twice(low1);
            ByteVector high2 = twice(high1);
            ByteVector low3 = xor(low1, low2);
            ByteVector high3 = xor(high1, high2);
            ByteVector lowerRound = xor(
                    xor(LOWER_0.selectFrom(low2, high2), LOWER_1.selectFrom(low3, high3)),
                    xor(LOWER_2.selectFrom(low1, high1), LOWER_3.selectFrom(low1, high1)));
            ByteVector upperRound = xor(
                    xor(UPPER_0.selectFrom(low2, high2), UPPER_1.selectFrom(low3, high3)),
                    xor(UPPER_2.selectFrom(low1, high1), UPPER_3.selectFrom(low1, high1)));
            lower = xor(lowerRound, xor(lower, block(data, at)));
            upper = xor(upperRound, xor(upper, block(data, at + 16)));
        }
        lower.reinterpretAsInts().intoArray(state, 0);
        upper.reinterpretAsInts().intoArray(state, 16);
    }
}
