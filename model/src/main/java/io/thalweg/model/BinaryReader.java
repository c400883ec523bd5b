package io.thalweg.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Reads what {@link BinaryWriter} wrote from bytes that are not trusted: each length is checked against what is left before
 * anything is allocated, and whatever does not fit is a {@link MalformedException}. Not thread-safe.
 */
public final class BinaryReader {
    private final ByteBuffer buffer;

    /** Reads from the position of {@code buffer} to its limit; the buffer itself does not move. */
    public BinaryReader(ByteBuffer buffer) {
        this.buffer = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    public BinaryReader(byte[] bytes) {
        this(ByteBuffer.wrap(bytes));
    }

    private ByteBuffer need(int bytes) {
        if (bytes < 0 || bytes > buffer.remaining()) {
            throw new MalformedException("needs " + bytes + " bytes at offset " + buffer.position() + ", but "
                    + buffer.remaining() + " are left");
        }
        return buffer;
    }

    public int u8() {
        return need(1).get() & 0xff;
    }

    public int u16() {
        return need(2).getShort() & 0xffff;
    }

    public int i32() {
        return need(4).getInt();
    }

    public long i64() {
        return need(8).getLong();
    }

    /** The next {@code count} numbers. */
    public int[] i32s(long count) {
        if (count < 0 || count > buffer.remaining() / Integer.BYTES) {
            throw new MalformedException(count + " numbers do not fit into " + buffer.remaining() + " bytes");
        }
        int[] numbers = new int[(int) count];
        buffer.asIntBuffer().get(numbers);
        buffer.position(buffer.position() + numbers.length * Integer.BYTES);
        return numbers;
    }

    public boolean bool() {
        int value = u8();
        if (value > 1) {
            throw new MalformedException("boolean is " + value + ", expected 0 or 1");
        }
        return value == 1;
    }

    public UUID uuid() {
        need(16);
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    /** Sixteen bytes in the order of RFC 9562. */
    public UUID rfcUuid() {
        need(16);
        return new UUID(Long.reverseBytes(buffer.getLong()), Long.reverseBytes(buffer.getLong()));
    }

    /** The next {@code length} bytes as a copy. */
    public byte[] raw(int length) {
        need(length);
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    /** The next {@code length} bytes as a slice of the underlying memory. */
    public ByteBuffer slice(int length) {
        need(length);
        ByteBuffer slice = buffer.slice(buffer.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(buffer.position() + length);
        return slice;
    }

    public byte[] bytes() {
        return raw(i32());
    }

    public String text() {
        return utf8(i32());
    }

    /** Text of so many bytes of UTF-8. */
    public String utf8(int length) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(slice(length)).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedException("text is not UTF-8");
        }
    }

    /** A count of items that take at least {@code bytesEach}; refused when they cannot fit in what is left. */
    public int count(int bytesEach) {
        int count = i32();
        if (count < 0 || (long) count * bytesEach > buffer.remaining()) {
            throw new MalformedException("count " + count + " does not fit in " + buffer.remaining() + " bytes");
        }
        return count;
    }

    public int position() {
        return buffer.position();
    }

    public int remaining() {
        return buffer.remaining();
    }

    /** Checks that nothing is left over. */
    public void end() {
        if (buffer.hasRemaining()) {
            throw new MalformedException(buffer.remaining() + " bytes too many");
        }
    }
}
