package io.thalweg.view;

import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/**
 * The index on disk is not what was written: some of its bytes are wrong or missing. Nothing in it is used any more; views with an
 * index are computed again from their streams, into a new one.
 */
final class IndexDamage extends IndexFailure {
    IndexDamage(String what, RocksDBException cause) {
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
