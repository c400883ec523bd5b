package io.thalweg.ledger.store.run;

import static io.thalweg.ledger.store.block.BlockFile.BLOCK_BYTES;

import io.thalweg.ledger.store.block.Section;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Writes the entries of one section, block by block, in large pieces. Not thread-safe. */
final class SectionWriter {
    private static final int BUFFER_BLOCKS = 32;

    private final RunWriter run;
    private final long firstBlock;
    private final int entryBytes;
    private final int perBlock;
    private final ByteBuffer buffer;
    private final CRC32C crc = new CRC32C();
    private int[] checksums = new int[64];
    private int blocks;
    private int flushedBlocks;
    private int left;
    private int blockStart;
    private long count;

    SectionWriter(RunWriter run, long firstBlock, int entryBytes) {
        this.run = run;
        this.firstBlock = firstBlock;
        this.entryBytes = entryBytes;
        this.perBlock = BLOCK_BYTES / entryBytes;
        this.left = perBlock;
        this.buffer = run.takeBuffer();
    }

    static ByteBuffer newBuffer() {
        return ByteBuffer.allocateDirect(BUFFER_BLOCKS * BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Where the next entry is to be put, all of it. */
    ByteBuffer next() throws IOException {
        if (left == 0) {
            endBlock();
        }
        left--;
        count++;
        return buffer;
    }

    /** How many entries may be put at once now, at least one. */
    int room() throws IOException {
        if (left == 0) {
            endBlock();
        }
        return left;
    }

    /** Where that many entries, for which there was {@link #room}, are to be put. */
    ByteBuffer batch(int entries) {
        left -= entries;
        count += entries;
        return buffer;
    }

    long count() {
        return count;
    }

    /** Whether the next entry will begin a block. */
    boolean atBlock() {
        return left == 0 || count == 0;
    }

    private void endBlock() throws IOException {
        while (buffer.position() < blockStart + BLOCK_BYTES) {
            buffer.put((byte) 0);
        }
        crc.reset();
        crc.update(buffer.limit(buffer.position()).position(blockStart));
        buffer.limit(buffer.capacity());
        if (blocks == checksums.length) {
            checksums = Arrays.copyOf(checksums, 2 * blocks);
        }
        checksums[blocks++] = (int) crc.getValue();
        blockStart += BLOCK_BYTES;
        left = perBlock;
        if (blockStart == buffer.capacity()) {
            flush();
        }
    }

    private void flush() throws IOException {
        if (blockStart > 0) {
            run.write(
                    (firstBlock + flushedBlocks) * BLOCK_BYTES,
                    buffer.limit(blockStart).position(0));
        }
        flushedBlocks = blocks;
        blockStart = 0;
        buffer.clear();
    }

    /** Ends the section and gives its memory back. */
    Section finish() throws IOException {
        if (left < perBlock) {
            endBlock();
        }
        flush();
        run.addChecksums(firstBlock, checksums, blocks);
        run.giveBuffer(buffer);
        return new Section(firstBlock, count, entryBytes);
    }
}
