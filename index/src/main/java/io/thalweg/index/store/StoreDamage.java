package io.thalweg.index.store;

import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/**
 * What is on disk is not what was written: some of its bytes are wrong or missing. Nothing in the store is used any more; all that is in it
 * can be computed again.
 */
public final class StoreDamage extends StoreException {
    StoreDamage(String what, RocksDBException cause) {
        super(what, cause);
    }

    /**
     * Whether an error says that the files are damaged, and not that the machine cannot read or write just now: a wrong checksum or
     * structure, or a file that is not there. A full disk, a missing right, or too many open files pass.
     */
    static boolean isMeantBy(RocksDBException e) {
        Status status = e.getStatus();
        String text = String.valueOf(e.getMessage());
        return (status != null && status.getCode() == Status.Code.Corruption)
                || text.startsWith("Corruption")
                || text.contains("No such file");
    }
}
