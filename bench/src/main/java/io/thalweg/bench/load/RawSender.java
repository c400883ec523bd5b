package io.thalweg.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the disk alone can do: one thread writes the bytes of one request and forces them. All connections of a pattern are one
 * request here, since whoever serves them could write them together. The file starts over at 256 MiB.
 */
final class RawSender implements Sender {
    private static final int FILE_BYTES = 256 << 20;
    private static final int CHUNK_BYTES = 4 << 20;

    private final FileChannel file;
    private final Path path;
    private final ByteBuffer request;
    private final boolean preallocated;
    private long position;

    private RawSender(Pattern pattern, String target, boolean preallocated) throws IOException {
        if (pattern.connections() != 1) {
            throw new IllegalArgumentException("the raw loop has one writer; fold the connections into the batch");
        }
        this.preallocated = preallocated;
        path = Path.of(target);
        file = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        if (preallocated) {
            // Zeroes really written, so that an append changes no metadata of the file.
            ByteBuffer zeroes = ByteBuffer.allocateDirect(CHUNK_BYTES);
            for (long at = 0; at < FILE_BYTES; at += CHUNK_BYTES) {
                file.write(zeroes.clear(), at);
            }
            file.force(true);
        }
        request = ByteBuffer.allocateDirect(pattern.batch() * pattern.eventBytes());
        for (int i = 0; i < pattern.batch(); i++) {
            request.put(Payloads.event(pattern.eventBytes(), i));
        }
    }

    /** Overwrites a file that is already there: the cheapest durable append. */
    static Sender preallocated(Pattern pattern, String target, int connection) throws IOException {
        return new RawSender(pattern, target, true);
    }

    /** Makes the file longer with each write, which costs the file system a metadata commit. */
    static Sender growing(Pattern pattern, String target, int connection) throws IOException {
        return new RawSender(pattern, target, false);
    }

    @Override
    public void send() throws IOException {
        request.clear();
        if (position + request.remaining() > FILE_BYTES) {
            position = 0;
            if (!preallocated) {
                file.truncate(0);
            }
        }
        while (request.hasRemaining()) {
            position += file.write(request, position);
        }
        file.force(false);
    }

    @Override
    public void close() throws IOException {
        file.close();
        java.nio.file.Files.deleteIfExists(path);
    }
}
