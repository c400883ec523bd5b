package io.thalweg.cli.terminal;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * What a command prints, and that it was printed. A {@link PrintWriter} keeps a failure of its stream to itself, so that an export
 * to a full disk would end as if it were whole; below it this stream throws {@link Lost}, which no writer swallows.
 */
public final class StandardOutput extends OutputStream {
    private final OutputStream target;

    private StandardOutput(OutputStream target) {
        this.target = target;
    }

    /** A writer in UTF-8 that flushes at the end of each printed line and throws {@link Lost} when {@code target} fails. */
    public static PrintWriter over(OutputStream target) {
        return new PrintWriter(new StandardOutput(target), true, StandardCharsets.UTF_8);
    }

    @Override
    public void write(int b) {
        try {
            target.write(b);
        } catch (IOException e) {
            throw new Lost(e);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            target.write(bytes, offset, length);
        } catch (IOException e) {
            throw new Lost(e);
        }
    }

    @Override
    public void flush() {
        try {
            target.flush();
        } catch (IOException e) {
            throw new Lost(e);
        }
    }

    /** Output that could not be written. */
    public static final class Lost extends RuntimeException {
        private final boolean nobodyReads;

        Lost(IOException cause) {
            super("cannot write the output: " + cause.getMessage(), cause);
            String text = cause.getMessage();
            nobodyReads = text != null && (text.contains("Broken pipe") || text.contains("Pipe closed"));
        }

        /** Whether the reader went away, as {@code head} does when it has enough: nothing to complain about. */
        public boolean nobodyReads() {
            return nobodyReads;
        }
    }
}
