package io.thalweg.view.wasm.binary;

import java.io.ByteArrayOutputStream;

/** Writes numbers as WebAssembly does, in LEB128. */
public final class Leb {
    private Leb() {}

    /** An unsigned one. */
    public static void u32(ByteArrayOutputStream out, int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            out.write((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }

    /** A signed one, for an i32 or an i64. */
    public static void signed(ByteArrayOutputStream out, long value) {
        long rest = value;
        while (rest < -64 || rest > 63) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>= 7;
        }
        out.write((int) (rest & 0x7f));
    }
}
