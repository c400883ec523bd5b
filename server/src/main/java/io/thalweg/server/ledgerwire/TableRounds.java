package io.thalweg.server.ledgerwire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Rounds in plain Java: one is 16 look-ups in four tables of 1 KiB which hold SubBytes, ShiftRows and MixColumns together. The
 * state lives in 32 local variables during the loop, which is what makes it fast.
 */
final class TableRounds implements AegisRounds {
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Column tables, little-endian: byte 0 of a column is its lowest. */
    private static final int[] T0 = new int[256];

    private static final int[] T1 = new int[256];
    private static final int[] T2 = new int[256];
    private static final int[] T3 = new int[256];

    static {
        byte[] substitutes = AegisRounds.substitutes();
        for (int value = 0; value < 256; value++) {
            int s = substitutes[value] & 0xff;
            int s2 = AegisRounds.twice(s);
            T0[value] = s2 | s << 8 | s << 16 | (s2 ^ s) << 24;
            T1[value] = Integer.rotateLeft(T0[value], 8);
            T2[value] = Integer.rotateLeft(T0[value], 16);
            T3[value] = Integer.rotateLeft(T0[value], 24);
        }
    }

    @Override
    public void absorb(int[] state, MemorySegment data, long offset, long length) {
        int s00 = state[0];
        int s01 = state[1];
        int s02 = state[2];
        int s03 = state[3];
        int s10 = state[4];
        int s11 = state[5];
        int s12 = state[6];
        int s13 = state[7];
        int s20 = state[8];
        int s21 = state[9];
        int s22 = state[10];
        int s23 = state[11];
        int s30 = state[12];
        int s31 = state[13];
        int s32 = state[14];
        int s33 = state[15];
        int s40 = state[16];
        int s41 = state[17];
        int s42 = state[18];
        int s43 = state[19];
        int s50 = state[20];
        int s51 = state[21];
        int s52 = state[22];
        int s53 = state[23];
        int s60 = state[24];
        int s61 = state[25];
        int s62 = state[26];
        int s63 = state[27];
        int s70 = state[28];
        int s71 = state[29];
        int s72 = state[30];
        int s73 = state[31];
        for (long at = offset, end = offset + length; at < end; at += BLOCK_BYTES) {
            int p0 = s70;
            int p1 = s71;
            int p2 = s72;
            int p3 = s73;
            s70 ^= T0[s60 & 0xff] ^ T1[s61 >>> 8 & 0xff] ^ T2[s62 >>> 16 & 0xff] ^ T3[s63 >>> 24];
            s71 ^= T0[s61 & 0xff] ^ T1[s62 >>> 8 & 0xff] ^ T2[s63 >>> 16 & 0xff] ^ T3[s60 >>> 24];
            s72 ^= T0[s62 & 0xff] ^ T1[s63 >>> 8 & 0xff] ^ T2[s60 >>> 16 & 0xff] ^ T3[s61 >>> 24];
            s73 ^= T0[s63 & 0xff] ^ T1[s60 >>> 8 & 0xff] ^ T2[s61 >>> 16 & 0xff] ^ T3[s62 >>> 24];
            s60 ^= T0[s50 & 0xff] ^ T1[s51 >>> 8 & 0xff] ^ T2[s52 >>> 16 & 0xff] ^ T3[s53 >>> 24];
            s61 ^= T0[s51 & 0xff] ^ T1[s52 >>> 8 & 0xff] ^ T2[s53 >>> 16 & 0xff] ^ T3[s50 >>> 24];
            s62 ^= T0[s52 & 0xff] ^ T1[s53 >>> 8 & 0xff] ^ T2[s50 >>> 16 & 0xff] ^ T3[s51 >>> 24];
            s63 ^= T0[s53 & 0xff] ^ T1[s50 >>> 8 & 0xff] ^ T2[s51 >>> 16 & 0xff] ^ T3[s52 >>> 24];
            s50 ^= T0[s40 & 0xff] ^ T1[s41 >>> 8 & 0xff] ^ T2[s42 >>> 16 & 0xff] ^ T3[s43 >>> 24];
            s51 ^= T0[s41 & 0xff] ^ T1[s42 >>> 8 & 0xff] ^ T2[s43 >>> 16 & 0xff] ^ T3[s40 >>> 24];
            s52 ^= T0[s42 & 0xff] ^ T1[s43 >>> 8 & 0xff] ^ T2[s40 >>> 16 & 0xff] ^ T3[s41 >>> 24];
            s53 ^= T0[s43 & 0xff] ^ T1[s40 >>> 8 & 0xff] ^ T2[s41 >>> 16 & 0xff] ^ T3[s42 >>> 24];
            s40 ^= T0[s30 & 0xff]
                    ^ T1[s31 >>> 8 & 0xff]
                    ^ T2[s32 >>> 16 & 0xff]
                    ^ T3[s33 >>> 24]
                    ^ data.get(U32, at + 16);
            s41 ^= T0[s31 & 0xff]
                    ^ T1[s32 >>> 8 & 0xff]
                    ^ T2[s33 >>> 16 & 0xff]
                    ^ T3[s30 >>> 24]
                    ^ data.get(U32, at + 20);
            s42 ^= T0[s32 & 0xff]
                    ^ T1[s33 >>> 8 & 0xff]
                    ^ T2[s30 >>> 16 & 0xff]
                    ^ T3[s31 >>> 24]
                    ^ data.get(U32, at + 24);
            s43 ^= T0[s33 & 0xff]
                    ^ T1[s30 >>> 8 & 0xff]
                    ^ T2[s31 >>> 16 & 0xff]
                    ^ T3[s32 >>> 24]
                    ^ data.get(U32, at + 28);
            s30 ^= T0[s20 & 0xff] ^ T1[s21 >>> 8 & 0xff] ^ T2[s22 >>> 16 & 0xff] ^ T3[s23 >>> 24];
            s31 ^= T0[s21 & 0xff] ^ T1[s22 >>> 8 & 0xff] ^ T2[s23 >>> 16 & 0xff] ^ T3[s20 >>> 24];
            s32 ^= T0[s22 & 0xff] ^ T1[s23 >>> 8 & 0xff] ^ T2[s20 >>> 16 & 0xff] ^ T3[s21 >>> 24];
            s33 ^= T0[s23 & 0xff] ^ T1[s20 >>> 8 & 0xff] ^ T2[s21 >>> 16 & 0xff] ^ T3[s22 >>> 24];
            s20 ^= T0[s10 & 0xff] ^ T1[s11 >>> 8 & 0xff] ^ T2[s12 >>> 16 & 0xff] ^ T3[s13 >>> 24];
            s21 ^= T0[s11 & 0xff] ^ T1[s12 >>> 8 & 0xff] ^ T2[s13 >>> 16 & 0xff] ^ T3[s10 >>> 24];
            s22 ^= T0[s12 & 0xff] ^ T1[s13 >>> 8 & 0xff] ^ T2[s10 >>> 16 & 0xff] ^ T3[s11 >>> 24];
            s23 ^= T0[s13 & 0xff] ^ T1[s10 >>> 8 & 0xff] ^ T2[s11 >>> 16 & 0xff] ^ T3[s12 >>> 24];
            s10 ^= T0[s00 & 0xff] ^ T1[s01 >>> 8 & 0xff] ^ T2[s02 >>> 16 & 0xff] ^ T3[s03 >>> 24];
            s11 ^= T0[s01 & 0xff] ^ T1[s02 >>> 8 & 0xff] ^ T2[s03 >>> 16 & 0xff] ^ T3[s00 >>> 24];
            s12 ^= T0[s02 & 0xff] ^ T1[s03 >>> 8 & 0xff] ^ T2[s00 >>> 16 & 0xff] ^ T3[s01 >>> 24];
            s13 ^= T0[s03 & 0xff] ^ T1[s00 >>> 8 & 0xff] ^ T2[s01 >>> 16 & 0xff] ^ T3[s02 >>> 24];
            s00 ^= T0[p0 & 0xff] ^ T1[p1 >>> 8 & 0xff] ^ T2[p2 >>> 16 & 0xff] ^ T3[p3 >>> 24] ^ data.get(U32, at);
            s01 ^= T0[p1 & 0xff] ^ T1[p2 >>> 8 & 0xff] ^ T2[p3 >>> 16 & 0xff] ^ T3[p0 >>> 24] ^ data.get(U32, at + 4);
            s02 ^= T0[p2 & 0xff] ^ T1[p3 >>> 8 & 0xff] ^ T2[p0 >>> 16 & 0xff] ^ T3[p1 >>> 24] ^ data.get(U32, at + 8);
            s03 ^= T0[p3 & 0xff] ^ T1[p0 >>> 8 & 0xff] ^ T2[p1 >>> 16 & 0xff] ^ T3[p2 >>> 24] ^ data.get(U32, at + 12);
        }
        state[0] = s00;
        state[1] = s01;
        state[2] = s02;
        state[3] = s03;
        state[4] = s10;
        state[5] = s11;
        state[6] = s12;
        state[7] = s13;
        state[8] = s20;
        state[9] = s21;
        state[10] = s22;
        state[11] = s23;
        state[12] = s30;
        state[13] = s31;
        state[14] = s32;
        state[15] = s33;
        state[16] = s40;
        state[17] = s41;
        state[18] = s42;
        state[19] = s43;
        state[20] = s50;
        state[21] = s51;
        state[22] = s52;
        state[23] = s53;
        state[24] = s60;
        state[25] = s61;
        state[26] = s62;
        state[27] = s63;
        state[28] = s70;
        state[29] = s71;
        state[30] = s72;
        state[31] = s73;
    }
}
