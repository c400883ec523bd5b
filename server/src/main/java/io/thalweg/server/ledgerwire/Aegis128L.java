package io.thalweg.server.ledgerwire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The protocol's checksum: the 128-bit tag of AEGIS-128L over the data as associated data, with an empty message and a key and a
 * nonce of zero (draft-irtf-cfrg-aegis-aead).
 *
 * <p>The state is eight blocks of 16 bytes. Absorbing 32 bytes runs one AES round on each block, in one of the ways of
 * {@link AegisRounds}, for the JDK offers no single round of AES. What the key and nonce make of the state is the same each time
 * and computed once.
 *
 * <p>An instance is used by one thread at a time and allocates nothing.
 */
final class Aegis128L {
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int BLOCK_BYTES = AegisRounds.BLOCK_BYTES;
    private static final int WORDS = AegisRounds.WORDS;

    private static final int[] START = new int[WORDS];

    static {
        int[] c0 = {0x02010100, 0x0d080503, 0x59372215, 0x6279e990};
        int[] c1 = {0x55183ddb, 0xf12fc26d, 0x42311120, 0xdd28b573};
        for (int word = 0; word < 4; word++) {
            START[4 + word] = c1[word];
            START[8 + word] = c0[word];
            START[12 + word] = c1[word];
            START[20 + word] = c0[word];
            START[24 + word] = c1[word];
            START[28 + word] = c0[word];
        }
        MemorySegment zeros = MemorySegment.ofArray(new byte[BLOCK_BYTES]);
        AegisRounds rounds = new TableRounds();
        for (int turn = 0; turn < 10; turn++) {
            rounds.absorb(START, zeros, 0, BLOCK_BYTES);
        }
    }

    private final int[] state = new int[WORDS];
    private final @Nullable AegisRounds certain;
    private final byte[] last = new byte[BLOCK_BYTES];
    private final MemorySegment lastBlock = MemorySegment.ofArray(last);
    private long low;
    private long high;

    Aegis128L() {
        this(null);
    }

    /** With certain rounds; null for the fastest. */
    Aegis128L(@Nullable AegisRounds certain) {
        this.certain = certain;
    }

    /** Computes the checksum of some bytes; {@link #low} and {@link #high} tell it. */
    Aegis128L of(MemorySegment data, long offset, long length) {
        AegisRounds rounds = certain == null ? RoundsTrial.fastest() : certain;
        int[] s = state;
        System.arraycopy(START, 0, s, 0, WORDS);
        long whole = length - length % BLOCK_BYTES;
        rounds.absorb(s, data, offset, whole);
        int rest = (int) (length - whole);
        if (rest > 0) {
            Arrays.fill(last, (byte) 0);
            MemorySegment.copy(data, offset + whole, lastBlock, 0, rest);
            rounds.absorb(s, lastBlock, 0, BLOCK_BYTES);
        }
        long bits = length * 8;
        int t0 = s[8] ^ (int) bits;
        int t1 = s[9] ^ (int) (bits >>> 32);
        int t2 = s[10];
        int t3 = s[11];
        for (int half = 0; half < BLOCK_BYTES; half += 16) {
            lastBlock.set(U32, half, t0);
            lastBlock.set(U32, half + 4, t1);
            lastBlock.set(U32, half + 8, t2);
            lastBlock.set(U32, half + 12, t3);
        }
        for (int turn = 0; turn < 7; turn++) {
            rounds.absorb(s, lastBlock, 0, BLOCK_BYTES);
        }
        low = (xor(0) & 0xffff_ffffL) | ((long) xor(1) << 32);
        high = (xor(2) & 0xffff_ffffL) | ((long) xor(3) << 32);
        return this;
    }

    /** The same over a buffer's remaining bytes. */
    Aegis128L of(ByteBuffer data) {
        return of(MemorySegment.ofBuffer(data), 0, data.remaining());
    }

    /** The first eight bytes of the newest checksum, as a little-endian number. */
    long low() {
        return low;
    }

    long high() {
        return high;
    }

    private int xor(int word) {
        int all = 0;
        for (int block = 0; block < 7; block++) {
            all ^= state[4 * block + word];
        }
        return all;
    }
}
