package io.thalweg.ledger.store;

import io.thalweg.ledger.store.run.RecordFile;
import io.thalweg.ledger.store.run.RecordMemory;
import java.io.IOException;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The slow part of a checkpoint of {@link Records}: makes the records durable that no run has, and writes down their checksums.
 * Meanwhile the background may index the same records and let their memory go; their checksums are then known.
 */
final class Checkpoint implements Capture.Persist {
    private final Records records;
    private final RecordMemory memory;
    private final RecordFile file;
    private final Manifest manifest;
    private final int lastChecksum;
    private final List<Indexer.Unit> orphans;

    /**
     * Notes what the checkpoint has.
     *
     * @param lastChecksum of the last block of records, if it is not full
     * @param orphans those that no run has
     */
    Checkpoint(
            Records records,
            RecordMemory memory,
            RecordFile file,
            Manifest manifest,
            int lastChecksum,
            List<Indexer.Unit> orphans) {
        this.records = records;
        this.memory = memory;
        this.file = file;
        this.manifest = manifest;
        this.lastChecksum = lastChecksum;
        this.orphans = orphans;
    }

    @Override
    public void run() throws IOException {
        file.write(manifest.count());
        records.write(tail(), manifest.tail());
    }

    private Tail tail() {
        CRC32C crc = new CRC32C();
        int perBlock = file.perBlock();
        long from = manifest.to();
        int blocks = (int) ((manifest.count() - from + perBlock - 1) / perBlock);
        int[] checksums = new int[blocks];
        for (int i = 0; i < blocks; i++) {
            long slot = from + (long) i * perBlock;
            checksums[i] = slot + perBlock > manifest.count() ? lastChecksum : checksum(slot, crc);
        }
        int size = orphans.stream().mapToInt(Indexer.Unit::orphans).sum();
        long[] ids = new long[2 * size];
        int at = 0;
        for (Indexer.Unit unit : orphans) {
            System.arraycopy(unit.orphanIds(), 0, ids, at, 2 * unit.orphans());
            at += 2 * unit.orphans();
        }
        return new Tail(from, manifest.count(), checksums, ids);
    }

    private int checksum(long slot, CRC32C crc) {
        int found = file.checksum(slot, slot + file.perBlock(), crc);
        // Only what is sealed leaves memory, so that one of the two is right.
        return memory.holds(slot) ? found : file.of(slot / file.perBlock());
    }
}
