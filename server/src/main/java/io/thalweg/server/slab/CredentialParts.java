package io.thalweg.server.slab;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who may call, on its way to another slab in parts, since a deployment of many keys does not fit into one message. Parts come in order; one that does
 * not fit to those before it begins anew, or waits for that. An older build takes a message of this kind for something new, and leaves it.
 *
 * <pre>
 * part := version:i64 index:u32 count:u32 bytes{rest}
 * </pre>
 *
 * Not thread-safe: one link's.
 */
final class CredentialParts {
    static final int PART_BYTES = 1 << 20;

    /** All parts together: some hundred thousand keys. */
    static final int BYTES_MAX = 64 << 20;

    private static final int HEAD_BYTES = 16;

    private final ByteArrayOutputStream collected = new ByteArrayOutputStream();
    private long version = -1;
    private int next;

    /** How many parts a form has. */
    static int count(int length) {
        return Math.max(1, (length + PART_BYTES - 1) / PART_BYTES);
    }

    /** One part of a form. */
    static byte[] part(SlabLinks.Versioned known, int index) {
        byte[] form = known.form();
        int from = index * PART_BYTES;
        return new BinaryWriter(HEAD_BYTES + PART_BYTES)
                .i64(known.version())
                .i32(index)
                .i32(count(form.length))
                .raw(Arrays.copyOfRange(form, from, Math.min(form.length, from + PART_BYTES)))
                .toByteArray();
    }

    /** Takes a part; the form when it was the last one, null before. */
    byte @Nullable [] take(byte[] part) {
        BinaryReader in = new BinaryReader(part);
        long ofVersion = in.i64();
        int index = in.i32();
        int count = in.i32();
        if (index < 0 || count <= index || count > count(BYTES_MAX)) {
            throw new MalformedException(
                    "part " + index + " of " + count + " of who may call; there are at most " + count(BYTES_MAX));
        }
        if (index == 0) {
            version = ofVersion;
            next = 0;
            collected.reset();
        }
        if (ofVersion != version || index != next) {
            return null;
        }
        byte[] bytes = in.raw(in.remaining());
        collected.write(bytes, 0, bytes.length);
        next++;
        if (next < count) {
            return null;
        }
        byte[] form = collected.toByteArray();
        collected.reset();
        version = -1;
        return form;
    }
}
