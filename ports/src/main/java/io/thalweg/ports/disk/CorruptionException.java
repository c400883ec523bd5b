package io.thalweg.ports.disk;

import java.nio.file.Path;

/** Stored bytes that are not what was written. The shard refuses to serve them and says where they are. */
public final class CorruptionException extends RuntimeException {
    private final transient Path file;
    private final long offset;

    public CorruptionException(Path file, long offset, String message) {
        super(file + " at offset " + offset + ": " + message);
        this.file = file;
        this.offset = offset;
    }

    public Path file() {
        return file;
    }

    /** Bytes from the start of the file to the record that is wrong. */
    public long offset() {
        return offset;
    }
}
