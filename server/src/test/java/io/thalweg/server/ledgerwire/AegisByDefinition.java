package io.thalweg.server.ledgerwire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * AEGIS-128L written down byte by byte, slow and obvious. Its AES round comes from the JDK's AES by a detour: the round without its
 * key is linear in the output of SubBytes, whose table is read off here from the field's definition, and which is checked against
 * the JDK's cipher.
 */
final class AegisByDefinition {
    private static final int[] SUB = new int[256];

    static {
        for (int x = 0; x < 256; x++) {
            int inverse = 0;
            for (int y = 1; y < 256 && inverse == 0; y++) {
                inverse = times(x, y) == 1 ? y : 0;
            }
            int s = 0x63;
            for (int turn = 0; turn < 5; turn++) {
                s ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xff;
            }
            SUB[x] = s;
        }
        selfTest();
    }

    private AegisByDefinition() {}

    /** One round under a zero key schedule's first step is what AES does to a block before its second key. */
    private static void selfTest() {
        try {
            // AES-128 by these rounds, with the key schedule of FIPS 197, must be the JDK's.
            byte[] key = new byte[16];
            byte[] block = new byte[16];
            for (int i = 0; i < 16; i++) {
                key[i] = (byte) (i * 7 + 1);
                block[i] = (byte) (i * 13 + 5);
            }
            Cipher aes = Cipher.getInstance("AES/ECB/NoPadding");
            aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
            if (!Arrays.equals(aes.doFinal(block), encrypt(key, block))) {
                throw new AssertionError("the round is not that of AES");
            }
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] encrypt(byte[] key, byte[] block) {
        byte[] roundKey = key.clone();
        byte[] state = xor(block, roundKey);
        int constant = 1;
        for (int round = 1; round <= 10; round++) {
            byte[] next = roundKey.clone();
            for (int i = 0; i < 4; i++) {
                next[i] ^= (byte) SUB[roundKey[12 + (i + 1) % 4] & 0xff];
            }
            next[0] ^= (byte) constant;
            constant = times(constant, 2);
            for (int i = 4; i < 16; i++) {
                next[i] ^= next[i - 4];
            }
            roundKey = next;
            state = round < 10 ? round(state, roundKey) : xor(shifted(state), roundKey);
        }
        return state;
    }

    private static int times(int a, int b) {
        int product = 0;
        for (int x = a, y = b; y != 0; y >>= 1) {
            product ^= (y & 1) == 0 ? 0 : x;
            x = (x << 1) ^ ((x & 0x80) == 0 ? 0 : 0x11b);
        }
        return product;
    }

    private static byte[] shifted(byte[] in) {
        byte[] out = new byte[16];
        for (int i = 0; i < 16; i++) {
            out[i] = (byte) SUB[in[(i + 4 * (i % 4)) % 16] & 0xff];
        }
        return out;
    }

    private static byte[] round(byte[] in, byte[] key) {
        byte[] s = shifted(in);
        byte[] out = new byte[16];
        for (int column = 0; column < 16; column += 4) {
            for (int row = 0; row < 4; row++) {
                out[column + row] = (byte) (times(s[column + row] & 0xff, 2)
                        ^ times(s[column + (row + 1) % 4] & 0xff, 3)
                        ^ s[column + (row + 2) % 4]
                        ^ s[column + (row + 3) % 4]);
            }
        }
        return xor(out, key);
    }

    private static byte[] xor(byte[] a, byte[] b) {
        byte[] out = new byte[16];
        for (int i = 0; i < 16; i++) {
            out[i] = (byte) (a[i] ^ b[i]);
        }
        return out;
    }

    private static void update(byte[][] s, byte[] a, byte[] b) {
        byte[][] old = s.clone();
        for (int i = 0; i < 8; i++) {
            s[i] = round(old[(i + 7) % 8], old[i]);
        }
        s[0] = xor(s[0], a);
        s[4] = xor(s[4], b);
    }

    static byte[] tag(byte[] data) {
        byte[] zero = new byte[16];
        byte[] c0 = HexFormat.of().parseHex("000101020305080d1522375990e97962");
        byte[] c1 = HexFormat.of().parseHex("db3d18556dc22ff12011314273b528dd");
        byte[][] s = {zero, c1, c0, c1, zero, c0, c1, c0};
        for (int turn = 0; turn < 10; turn++) {
            update(s, zero, zero);
        }
        byte[] padded = Arrays.copyOf(data, (data.length + 31) / 32 * 32);
        for (int at = 0; at < padded.length; at += 32) {
            update(s, Arrays.copyOfRange(padded, at, at + 16), Arrays.copyOfRange(padded, at + 16, at + 32));
        }
        byte[] bits = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(data.length * 8L)
                .array();
        byte[] t = xor(s[2], bits);
        for (int turn = 0; turn < 7; turn++) {
            update(s, t, t);
        }
        byte[] tag = new byte[16];
        for (int i = 0; i < 7; i++) {
            tag = xor(tag, s[i]);
        }
        return tag;
    }
}
