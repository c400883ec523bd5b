package io.thalweg.shard;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * A checksum of what somebody has of a file: CRC-32C and CRC-32 of the same bytes. Their polynomials have no factor in common, so both together are a CRC of
 * 64 bits: that a part of another file passes for one of this is not to be expected in the life of a cluster. One thread.
 */
public final class PartChecksum {
    private final CRC32C high = new CRC32C();
    private final CRC32 low = new CRC32();

    /** Begins anew. */
    public void start() {
        high.reset();
        low.reset();
    }

    /** Adds {@code length} bytes from the absolute index {@code offset} of a buffer, whose position stays. */
    public void add(ByteBuffer buffer, int offset, int length) {
        high.update(buffer.slice(offset, length));
        low.update(buffer.slice(offset, length));
    }

    public long value() {
        return high.getValue() << 32 | low.getValue();
    }
}
