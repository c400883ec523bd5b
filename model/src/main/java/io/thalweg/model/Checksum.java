package io.thalweg.model;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * CRC-32C of ranges of buffers, without allocating per range and without moving the buffers. It exists beside {@link CRC32C}
 * because that one consumes a buffer's position, which readers of shared memory must not do. One thread at a time.
 */
public final class Checksum {
    private final CRC32C crc = new CRC32C();
    private @Nullable ByteBuffer viewed;
    private @Nullable ByteBuffer view;

    /** The checksum of {@code length} bytes from the absolute index {@code offset} of {@code buffer}. */
    public int of(ByteBuffer buffer, int offset, int length) {
        return start().add(buffer, offset, length).value();
    }

    /** The checksum of a range of an array. */
    public int of(byte[] bytes, int offset, int length) {
        crc.reset();
        crc.update(bytes, offset, length);
        return value();
    }

    /** The checksum of what remains in the buffers, one after the other. */
    public int of(Iterable<ByteBuffer> buffers) {
        start();
        for (ByteBuffer buffer : buffers) {
            add(buffer, buffer.position(), buffer.remaining());
        }
        return value();
    }

    /** Begins a checksum over several ranges. */
    public Checksum start() {
        crc.reset();
        return this;
    }

    public Checksum add(ByteBuffer buffer, int offset, int length) {
        if (buffer.hasArray()) {
            crc.update(buffer.array(), buffer.arrayOffset() + offset, length);
        } else {
            ByteBuffer window = viewOf(buffer);
            window.limit(offset + length).position(offset);
            crc.update(window);
        }
        return this;
    }

    @SuppressWarnings("ReferenceEquality") // a view stands for one buffer, not for all with equal content
    private ByteBuffer viewOf(ByteBuffer buffer) {
        ByteBuffer window = view;
        if (window == null || viewed != buffer) {
            window = buffer.duplicate();
            viewed = buffer;
            view = window;
        }
        return window;
    }

    /** Adds eight bytes, little-endian. */
    public Checksum add(long value) {
        for (int shift = 0; shift < 64; shift += 8) {
            crc.update((int) (value >>> shift) & 0xff);
        }
        return this;
    }

    public int value() {
        return (int) crc.getValue();
    }
}
