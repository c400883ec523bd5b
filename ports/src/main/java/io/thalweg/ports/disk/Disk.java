package io.thalweg.ports.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The port to files. Everything durable that a shard keeps goes through it, so that a simulated disk can lose what was not
 * forced, tear writes and flip bits. Implementations are thread-safe.
 */
public interface Disk {

    /** Opens a file for reading and writing, creating it when it is missing. */
    DiskFile open(Path file) throws IOException;

    boolean exists(Path file) throws IOException;

    /** Names in a directory, sorted; empty when the directory is missing. */
    List<Path> list(Path directory) throws IOException;

    void createDirectories(Path directory) throws IOException;

    /** Replaces {@code to} in one step; durable only after {@link #forceDirectory}. */
    void rename(Path from, Path to) throws IOException;

    /** Deletes a file if it exists. */
    void delete(Path file) throws IOException;

    /** Makes creations, renames and deletions in a directory durable. */
    void forceDirectory(Path directory) throws IOException;

    /** Bytes that may still be written where a directory is; as many as can be thought of where nothing is known. */
    default long usableBytes(Path directory) throws IOException {
        return Long.MAX_VALUE;
    }

    /**
     * Says that a start has found everything to be there and right. What it repaired on a {@link TrialDisk} happens now; on any
     * other disk it happened at once.
     */
    default void proven() throws IOException {}

    /** One open file. Positions are absolute; nothing is durable before {@link #force}. */
    interface DiskFile extends AutoCloseable {
        /** What goes past the system's cache is in whole pieces of so many bytes. */
        int ALIGNMENT = 4096;

        /** Writes all remaining bytes of the buffers in order, from {@code position} on. */
        void write(long position, ByteBuffer... buffers) throws IOException;

        /**
         * The same for bytes that are written once and hardly read soon: goes past the system's cache where it can, which saves
         * the copy. That needs a direct buffer whose address, and a position and length which, are multiples of {@link #ALIGNMENT}.
         */
        default void writeAround(long position, ByteBuffer bytes) throws IOException {
            write(position, bytes);
        }

        /** Reads until {@code target} is full or the file ends; returns how many bytes were read. */
        int read(long position, ByteBuffer target) throws IOException;

        /**
         * The same for bytes that are hardly read again soon: goes past the system's cache where it can. That needs a direct
         * buffer whose address, and a position and a room which, are multiples of {@link #ALIGNMENT}.
         */
        default int readAround(long position, ByteBuffer target) throws IOException {
            return read(position, target);
        }

        long size() throws IOException;

        void truncate(long size) throws IOException;

        /** Returns when everything written so far survives a crash. After a failure the file must not be used again. */
        void force() throws IOException;

        @Override
        void close() throws IOException;
    }
}
