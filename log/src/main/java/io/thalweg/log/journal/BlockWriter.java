package io.thalweg.log.journal;

import io.thalweg.ports.disk.Disk;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Appends to a file past the system's cache, which takes whole blocks only: the block that an append ends in is filled up with zeros,
 * and written again with what comes next. What it held before is the same to the byte then, so that no crash can take it. Not
 * thread-safe; keeps its memory, off the heap.
 */
public final class BlockWriter {
    private static final int BLOCK_BYTES = Disk.DiskFile.ALIGNMENT;
    /** Room for the largest request of a ledger, so that it goes to the disk as one. */
    private static final int BUFFER_BYTES = (1 << 20) + 4 * BLOCK_BYTES;

    private @Nullable ByteBuffer buffer;

    // Of which file the buffer holds the last block, up to which offset.
    private Disk.@Nullable DiskFile file;
    private long end;
    private int lastBlock;

    /**
     * Writes {@code parts} one behind the other; their positions do not move.
     *
     * @param offset where the file's content ends so far; at most zeros are behind it
     * @return where the zeros end that now are behind the parts
     */
    long append(Disk.DiskFile to, long offset, ByteBuffer... parts) throws IOException {
        ByteBuffer out = buffer();
        int kept = (int) (offset % BLOCK_BYTES);
        if (to.equals(file) && offset == end) {
            out.put(0, out, lastBlock, kept);
        } else if (to.read(offset - kept, out.clear().limit(kept)) < kept) {
            throw new EOFException("the file ends before offset " + offset);
        }
        forget();
        long at = offset - kept;
        out.clear().position(kept);
        long behind = offset;
        for (ByteBuffer part : parts) {
            int length = part.remaining();
            for (int done = 0; done < length; ) {
                if (!out.hasRemaining()) {
                    at = write(to, at, out.flip());
                    out.clear();
                }
                int count = Math.min(out.remaining(), length - done);
                out.put(out.position(), part, part.position() + done, count).position(out.position() + count);
                done += count;
            }
            behind += length;
        }
        lastBlock = out.position() - out.position() % BLOCK_BYTES;
        while (out.position() % BLOCK_BYTES != 0) {
            out.put((byte) 0);
        }
        long zerosEnd = write(to, at, out.flip());
        file = to;
        end = behind;
        return zerosEnd;
    }

    private static long write(Disk.DiskFile to, long at, ByteBuffer blocks) throws IOException {
        int length = blocks.remaining();
        to.writeAround(at, blocks);
        return at + length;
    }

    /** Forgets the last block, because someone else changes the file. */
    void forget() {
        file = null;
    }

    private ByteBuffer buffer() {
        ByteBuffer known = buffer;
        if (known == null) {
            known = ByteBuffer.allocateDirect(BUFFER_BYTES + BLOCK_BYTES)
                    .alignedSlice(BLOCK_BYTES)
                    .slice(0, BUFFER_BYTES);
            buffer = known;
        }
        return known;
    }
}
