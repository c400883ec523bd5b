package io.thalweg.ledger.store.block;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A part of a ledger's file whose blocks do not change any more, for whoever reads what lies still while all goes on. Any thread. */
public final class RestingBlocks {
    private static final long BLOCKS_MAX = 512;

    private final BlockFile file;
    private final long from;
    private final long to;

    private RestingBlocks(BlockFile file, long from, long to) {
        this.file = file;
        this.from = from;
        this.to = to;
    }

    /** Adds the first blocks of a file in parts, of 8 MiB at most. */
    public static void add(BlockFile file, long blocks, List<RestingBlocks> parts) {
        for (long from = 0; from < blocks; from += BLOCKS_MAX) {
            parts.add(new RestingBlocks(file, from, Math.min(blocks, from + BLOCKS_MAX)));
        }
    }

    /** The file in which they are. */
    public Path file() {
        return file.path();
    }

    public long bytes() {
        return (to - from) * BlockFile.BLOCK_BYTES;
    }

    /**
     * Reads them, and tells of each that is not what it should be.
     *
     * @param through what they are read with: the ledger's own file would be closed for all when whoever reads is interrupted
     * @throws IOException also when the file has gone meanwhile
     */
    public void verify(Disk through, Consumer<CorruptionException> damaged) throws IOException {
        try (BlockFile opened = file.reopen(through)) {
            opened.verify(from, to, damaged);
        }
    }
}
