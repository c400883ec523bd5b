package io.thalweg.view.wasm.binary;

import java.io.ByteArrayOutputStream;

/**
 * What is looked at in a core module before the engine parses it. The engine makes an object of some 50 bytes of each byte of code, so the
 * size of everything but data is bounded by what the process can afford; names and other custom sections mean nothing to a view and
 * are left out.
 */
public final class CoreSections {
    /** Bytes of code for each of which the heap has 256; at least 4 MiB, at most 32 MiB. */
    public static final int MAX_CODE_BYTES =
            (int) Math.clamp(Runtime.getRuntime().maxMemory() / 256, 4L << 20, 32L << 20);

    private static final int HEADER_BYTES = 8;
    private static final int CUSTOM = 0;
    private static final int DATA = 11;

    private static final int TAGS = 13;

    private int codeBytes;

    /** Whether a module that was {@link #take}n has exceptions of its own. */
    public static boolean hasTags(byte[] module) {
        ByteCursor sections = new ByteCursor(module, HEADER_BYTES, module.length);
        while (sections.hasMore()) {
            int id = sections.u8();
            ByteCursor _ = sections.window(sections.u32());
            if (id == TAGS) {
                return true;
            }
        }
        return false;
    }

    /** The module without its custom sections. Modules of one component are handed to one object, which adds them up. */
    public byte[] take(ByteCursor module) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream(module.remaining());
        for (int i = 0; i < HEADER_BYTES; i++) {
            kept.write(module.u8());
        }
        while (module.hasMore()) {
            int id = module.u8();
            int length = module.u32();
            ByteCursor section = module.window(length);
            if (id == CUSTOM) {
                continue;
            }
            if (id != DATA) {
                codeBytes += length;
                if (codeBytes > MAX_CODE_BYTES) {
                    throw Refusal.because("the component has more than " + MAX_CODE_BYTES
                            + " bytes of code, which is what this server has memory for; data do not count");
                }
            }
            kept.write(id);
            Leb.u32(kept, length);
            kept.writeBytes(section.rest());
        }
        return kept.toByteArray();
    }
}
