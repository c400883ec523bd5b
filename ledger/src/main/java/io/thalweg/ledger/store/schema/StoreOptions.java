package io.thalweg.ledger.store.schema;

import io.thalweg.ledger.store.Records;

/**
 * Sizes of a store of {@link Records}.
 *
 * @param barRecords records that are written and indexed together, a power of two; up to seven bars are in memory
 * @param orphansMax ids without a record that are in memory before they are indexed
 * @param fanIn runs of a size that are merged into one of the next, 2 to 64
 * @param writeBytes bytes of records that are written to the file and forced in one go, before the bar is full
 */
public record StoreOptions(int barRecords, int orphansMax, int fanIn, int writeBytes) {
    /** For a ledger in use: 32 MiB of transfers a bar. */
    public static final StoreOptions DEFAULT = new StoreOptions(131_072, 65_536, 16, 8 << 20);

    public StoreOptions {
        if (Integer.bitCount(barRecords) != 1 || barRecords < 256 || barRecords > 1 << 22) {
            throw new IllegalArgumentException(
                    "bars of " + barRecords + " records, expected a power of two, 256 to 2^22");
        }
        if (orphansMax < 1 || orphansMax > 1 << 22 || fanIn < 2 || fanIn > 64 || writeBytes < 4096) {
            throw new IllegalArgumentException("a store's size is out of bounds: " + orphansMax + " orphans, fan-in "
                    + fanIn + ", writes of " + writeBytes + " bytes");
        }
    }

    /** The same with another size of a bar. */
    public StoreOptions withBarRecords(int records) {
        return new StoreOptions(records, orphansMax, fanIn, writeBytes);
    }
}
