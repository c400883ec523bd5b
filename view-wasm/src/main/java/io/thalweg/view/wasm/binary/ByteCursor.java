package io.thalweg.view.wasm.binary;

import io.thalweg.model.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the primitives of the component format from a window of hostile bytes. Whatever does not fit is refused with its
 * offset in the file; nothing is allocated for a length before the length is known to fit. Not thread-safe.
 */
public final class ByteCursor {
    /** Longest name of an import, export, field or case, in bytes. */
    static final int MAX_NAME_BYTES = 16 << 10;

    private final byte[] bytes;
    private final int end;
    private int position;

    public ByteCursor(byte[] bytes, int start, int end) {
        this.bytes = bytes;
        this.position = start;
        this.end = end;
    }

    public int position() {
        return position;
    }

    public boolean hasMore() {
        return position < end;
    }

    public int remaining() {
        return end - position;
    }

    /** What is thrown here for bytes that cannot be read, which says where they are. */
    public ThalwegException malformed(String what) {
        return Refusal.because("malformed component: " + what + " at offset " + position);
    }

    public int u8() {
        if (position >= end) {
            throw malformed("bytes end too early");
        }
        return bytes[position++] & 0xff;
    }

    public int peek() {
        if (position >= end) {
            throw malformed("bytes end too early");
        }
        return bytes[position] & 0xff;
    }

    /** An unsigned LEB128 of at most 32 bits in at most 5 bytes, that fits in a Java int. */
    public int u32() {
        long value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int next = u8();
            value |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                if (value > Integer.MAX_VALUE) {
                    throw malformed("number " + value + " is too large");
                }
                return (int) value;
            }
        }
        throw malformed("number of more than 5 bytes");
    }

    /** The length of a vector whose items take at least {@code bytesEach}. */
    public int count(int bytesEach) {
        int count = u32();
        if ((long) count * bytesEach > remaining()) {
            throw malformed("a vector of " + count + " items in " + remaining() + " bytes");
        }
        return count;
    }

    public String name() {
        int length = u32();
        if (length > remaining() || length > MAX_NAME_BYTES) {
            throw malformed("a name of " + length + " bytes");
        }
        try {
            String name = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, position, length))
                    .toString();
            position += length;
            return name;
        } catch (CharacterCodingException _) {
            throw malformed("a name that is not UTF-8");
        }
    }

    /** A cursor over the next {@code length} bytes, which this one skips. */
    public ByteCursor window(int length) {
        if (length > remaining()) {
            throw malformed("a section of " + length + " bytes where " + remaining() + " are left");
        }
        ByteCursor window = new ByteCursor(bytes, position, position + length);
        position += length;
        return window;
    }

    /** The rest of the window as a copy. */
    public byte[] rest() {
        byte[] rest = Arrays.copyOfRange(bytes, position, end);
        position = end;
        return rest;
    }

    public void expect(int value, String what) {
        int found = u8();
        if (found != value) {
            position--;
            throw malformed(
                    what + " is 0x" + Integer.toHexString(found) + ", expected 0x" + Integer.toHexString(value));
        }
    }

    public void end(String what) {
        if (hasMore()) {
            throw malformed(remaining() + " bytes too many in " + what);
        }
    }
}
