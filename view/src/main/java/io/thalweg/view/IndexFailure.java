package io.thalweg.view;

import org.rocksdb.RocksDBException;

/** The index on disk cannot be read or written: a fault of the machine, never of the view's code. */
class IndexFailure extends RuntimeException {
    IndexFailure(String what, RocksDBException cause) {
        super(what + ": " + cause.getMessage(), cause);
    }
}
