package io.thalweg.ledger.store.block;

import static io.thalweg.ledger.store.block.BlockFile.BLOCK_BYTES;

/**
 * Where a run has entries of one kind: as many to a block as fit whole.
 *
 * @param block the first block
 * @param count entries
 * @param entryBytes size of an entry
 */
public record Section(long block, long count, int entryBytes) {

    public int perBlock() {
        return BLOCK_BYTES / entryBytes;
    }

    public long blocks() {
        return (count + perBlock() - 1) / perBlock();
    }

    public long end() {
        return block + blocks();
    }

    /** Bytes from the start of the file to an entry. */
    public long position(long entry) {
        return (block + entry / perBlock()) * BLOCK_BYTES + entry % perBlock() * entryBytes;
    }
}
