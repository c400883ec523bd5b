package io.thalweg.ledger.store.block;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * A file of blocks whose checksums are kept somewhere else, so that neither a flipped bit nor a block that was written to the
 * wrong place passes for the right one. Thread-safe.
 */
public final class BlockFile implements AutoCloseable {
    public static final int BLOCK_BYTES = 16 << 10;

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** Where the checksums are. */
    public interface Checks {
        /** CRC-32C of a block. */
        int of(long block);
    }

    private final Path path;
    private final DiskFile file;
    private final Checks checks;
    private final int number = NUMBERS.incrementAndGet();

    public BlockFile(Path path, DiskFile file, Checks checks) {
        this.path = path;
        this.file = file;
        this.checks = checks;
    }

    public Path path() {
        return path;
    }

    public DiskFile file() {
        return file;
    }

    /** The same blocks, in a file that is opened for themselves. */
    BlockFile reopen(Disk disk) throws IOException {
        return new BlockFile(path, disk.open(path), checks);
    }

    /** Tells this file from all others that were opened in this process. */
    int number() {
        return number;
    }

    /** Fills {@code target} with whole blocks from {@code block} on and checks them. */
    void load(long block, ByteBuffer target, CRC32C crc) throws IOException {
        int start = target.position();
        int end = target.limit();
        long position = block * BLOCK_BYTES;
        int length = read(position, target);
        if (length < end - start) {
            throw new CorruptionException(path, position + length, "the file ends within a block that is in use");
        }
        for (int at = start; at < end; at += BLOCK_BYTES) {
            target.limit(at + BLOCK_BYTES).position(at);
            crc.reset();
            crc.update(target);
            long number = block + (at - start) / BLOCK_BYTES;
            if ((int) crc.getValue() != checks.of(number)) {
                throw new CorruptionException(path, number * BLOCK_BYTES, "the block has a wrong checksum");
            }
        }
        target.limit(end).position(start);
    }

    /** A place that the disk cannot read any more is as wrong as one with other bytes. */
    private int read(long position, ByteBuffer target) throws IOException {
        try {
            return file.read(position, target);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw new CorruptionException(path, position, "the block cannot be read: " + e.getMessage());
        }
    }

    /** Reads the first {@code blocks} blocks and tells of each that is not what it should be. */
    public void verify(long blocks, Consumer<CorruptionException> damaged) throws IOException {
        verify(0, blocks, damaged);
    }

    /** The same of the blocks from {@code from} to before {@code to}. */
    void verify(long from, long to, Consumer<CorruptionException> damaged) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(BLOCK_BYTES);
        CRC32C crc = new CRC32C();
        for (long block = from; block < to; block++) {
            try {
                load(block, target.clear(), crc);
            } catch (CorruptionException e) {
                damaged.accept(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
