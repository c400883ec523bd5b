package io.thalweg.ledger.store.block;

import static io.thalweg.ledger.store.block.BlockFile.BLOCK_BYTES;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Reads the entries of a section from the first to the last, past the cache, in pieces. Not thread-safe. */
public final class SectionReader {
    private static final int PIECE_BLOCKS = 8;

    private final BlockFile file;
    private final Section section;
    private final ByteBuffer buffer;
    private final CRC32C crc = new CRC32C();
    private long nextBlock;
    private long left;
    private int leftInBlock;
    private int blockStart;

    /**
     * Begins at the first entry.
     *
     * @param buffer from {@link #newBuffer}; this reader's until it has no more
     */
    public SectionReader(BlockFile file, Section section, ByteBuffer buffer) {
        this.file = file;
        this.section = section;
        this.buffer = buffer.clear().position(buffer.capacity());
        this.nextBlock = section.block();
        this.left = section.count();
        this.blockStart = buffer.capacity() - BLOCK_BYTES;
    }

    public static ByteBuffer newBuffer() {
        return ByteBuffer.allocateDirect(PIECE_BLOCKS * BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Entries that were not read. */
    public long left() {
        return left;
    }

    /** The next entry, all of which is to be read; there must be one. */
    public ByteBuffer next() throws IOException {
        if (leftInBlock == 0) {
            nextBlock();
        }
        leftInBlock--;
        left--;
        return buffer;
    }

    /** Takes at most {@code max} entries that lie one behind the other in {@link #buffer}, and says how many. */
    public int batch(int max) throws IOException {
        if (leftInBlock == 0) {
            nextBlock();
        }
        int taken = Math.min(max, leftInBlock);
        leftInBlock -= taken;
        left -= taken;
        return taken;
    }

    /** The entries that can be taken as one {@link #batch} now, at least one; there must be one. */
    public int room() throws IOException {
        if (leftInBlock == 0) {
            nextBlock();
        }
        return (int) Math.min(left, leftInBlock);
    }

    public ByteBuffer buffer() {
        return buffer;
    }

    private void nextBlock() throws IOException {
        blockStart += BLOCK_BYTES;
        if (blockStart >= buffer.limit()) {
            int blocks = (int) Math.min(PIECE_BLOCKS, section.end() - nextBlock);
            file.load(nextBlock, buffer.limit(blocks * BLOCK_BYTES).position(0), crc);
            nextBlock += blocks;
            blockStart = 0;
        }
        buffer.position(blockStart);
        leftInBlock = section.perBlock();
    }
}
