package io.thalweg.cli.terminal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Bytes from a file or from standard input, unpacked when the name ends in .gz; it knows how far it has read. A read that fails says
 * of what.
 */
public final class Input implements AutoCloseable {
    private final InputStream stream;
    private final Counting counting;
    private final long bytes;

    private Input(String name, InputStream source, boolean packed, long bytes) throws IOException {
        this.counting = new Counting(source);
        this.stream = new Named(name, packed ? unpacked(name, counting) : counting);
        this.bytes = bytes;
    }

    /** Opens {@code file}; standard input when it is null or "-". */
    public static Input open(@Nullable String file) throws IOException {
        if (file == null || file.equals("-")) {
            return new Input("standard input", System.in, false, -1);
        }
        Path path = Path.of(file);
        return new Input(file, Files.newInputStream(path), file.endsWith(".gz"), Files.size(path));
    }

    private static InputStream unpacked(String name, InputStream source) throws IOException {
        try {
            return new GZIPInputStream(source, 1 << 16);
        } catch (IOException e) {
            source.close();
            throw unreadable(name, e);
        }
    }

    private static IOException unreadable(String name, IOException cause) {
        return new IOException("cannot read " + name + ": " + Failure.describe(cause), cause);
    }

    public InputStream stream() {
        return stream;
    }

    /** Size of the source in bytes, packed as it is; -1 when unknown. */
    public long bytes() {
        return bytes;
    }

    /** Bytes of the source read so far. */
    public long position() {
        return counting.count;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }

    private static final class Named extends FilterInputStream {
        private final String name;

        Named(String name, InputStream in) {
            super(in);
            this.name = name;
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                throw unreadable(name, e);
            }
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                return super.read(target, offset, length);
            } catch (IOException e) {
                throw unreadable(name, e);
            }
        }
    }

    private static final class Counting extends FilterInputStream {
        private long count;

        Counting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            count += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            count += Math.max(read, 0);
            return read;
        }
    }
}
