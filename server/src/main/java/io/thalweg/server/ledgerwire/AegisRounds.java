package io.thalweg.server.ledgerwire;

import java.lang.foreign.MemorySegment;

/**
 * The rounds of AES that {@link Aegis128L} consists of, which a JVM can do in more than one way. All give the same, and have no
 * state of their own: any thread may use them.
 */
interface AegisRounds {
    /** Bytes that an update of the state absorbs. */
    int BLOCK_BYTES = 32;

    /** The state's words, little-endian: eight blocks of four. */
    int WORDS = 32;

    /**
     * Absorbs whole blocks of data, each in one update of the state.
     *
     * @param state of {@link #WORDS}, replaced
     * @param length a multiple of {@link #BLOCK_BYTES}
     */
    void absorb(int[] state, MemorySegment data, long offset, long length);

    /** What SubBytes makes of each byte (FIPS 197, 5.1.1). */
    static byte[] substitutes() {
        int[] log = new int[256];
        int[] exp = new int[256];
        int x = 1;
        for (int i = 0; i < 255; i++) {
            exp[i] = x;
            log[x] = i;
            x ^= twice(x);
        }
        byte[] substitutes = new byte[256];
        for (int value = 0; value < 256; value++) {
            int inverse = value == 0 ? 0 : exp[(255 - log[value]) % 255];
            int s = inverse ^ 0x63;
            for (int turn = 1; turn <= 4; turn++) {
                s ^= (inverse << turn | inverse >> (8 - turn)) & 0xff;
            }
            substitutes[value] = (byte) s;
        }
        return substitutes;
    }

    /** The double of an element of AES's field. */
    static int twice(int value) {
        int doubled = value << 1;
        return (value & 0x80) == 0 ? doubled : (doubled ^ 0x1b) & 0xff;
    }
}
