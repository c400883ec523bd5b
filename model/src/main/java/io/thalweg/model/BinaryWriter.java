package io.thalweg.model;

import io.thalweg.model.event.EventCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Appends little-endian values to a growing array. Not thread-safe; one writer builds one message. */
public final class BinaryWriter {
    private final Checksum checksum = new Checksum();
    private ByteBuffer buffer;

    public BinaryWriter() {
        this(256);
    }

    public BinaryWriter(int initialBytes) {
        buffer = allocate(initialBytes);
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int wanted = Math.addExact(buffer.position(), bytes);
            ByteBuffer larger =
                    allocate((int) Math.min(Integer.MAX_VALUE - 8, Math.max(wanted, 2L * buffer.capacity())));
            larger.put(buffer.flip());
            buffer = larger;
        }
        return buffer;
    }

    public BinaryWriter u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    public BinaryWriter u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    public BinaryWriter i32(int value) {
        room(4).putInt(value);
        return this;
    }

    /** The first {@code count} of some numbers. */
    public BinaryWriter i32s(int[] values, int count) {
        int bytes = Math.multiplyExact(count, Integer.BYTES);
        ByteBuffer to = room(bytes);
        to.asIntBuffer().put(values, 0, count);
        to.position(to.position() + bytes);
        return this;
    }

    public BinaryWriter i64(long value) {
        room(8).putLong(value);
        return this;
    }

    public BinaryWriter bool(boolean value) {
        return u8(value ? 1 : 0);
    }

    /** Sixteen bytes, most significant half first, each half little-endian. */
    public BinaryWriter uuid(UUID value) {
        room(16).putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits());
        return this;
    }

    /** Sixteen bytes in the order of RFC 9562, as strangers expect a UUID. */
    public BinaryWriter rfcUuid(UUID value) {
        room(16).putLong(Long.reverseBytes(value.getMostSignificantBits()))
                .putLong(Long.reverseBytes(value.getLeastSignificantBits()));
        return this;
    }

    /** The bytes as they are, without a length. */
    public BinaryWriter raw(byte[] bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    /** A range of {@code bytes} as it is, without a length. */
    public BinaryWriter raw(byte[] bytes, int offset, int length) {
        room(length).put(bytes, offset, length);
        return this;
    }

    /** The remaining bytes of {@code bytes}, without a length; its position does not move. */
    public BinaryWriter raw(ByteBuffer bytes) {
        room(bytes.remaining()).put(bytes.duplicate());
        return this;
    }

    /** A 32-bit length, then the bytes. */
    public BinaryWriter bytes(byte[] bytes) {
        return i32(bytes.length).raw(bytes);
    }

    /** A 32-bit length, then UTF-8. */
    public BinaryWriter text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** Fills in the length and checksum of the event record that began at {@code start}, see {@link EventCodec}. */
    public void sealRecord(int start) {
        int content = start + EventCodec.PREFIX_BYTES;
        int length = buffer.position() - content;
        buffer.putInt(start, length).putInt(start + 4, checksum.of(buffer, content, length));
    }

    /** Bytes written so far. */
    public int length() {
        return buffer.position();
    }

    /** A copy of what was written. */
    public byte[] toByteArray() {
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    /** What was written, without a copy; valid until the next write. */
    public ByteBuffer toByteBuffer() {
        return buffer.duplicate().flip().order(ByteOrder.LITTLE_ENDIAN);
    }
}
