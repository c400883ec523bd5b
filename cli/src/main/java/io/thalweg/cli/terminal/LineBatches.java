package io.thalweg.cli.terminal;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Cuts lines into batches for {@code append_batch}: up to 1,000 lines or 1 MiB, whatever comes first. Cutting depends on the
 * content alone, so that the same input gives the same batches and a repeated command is deduplicated.
 *
 * <p>Lines end with a line feed, or with carriage return and line feed as other systems write them; neither belongs to an event, nor
 * does a byte order mark at the beginning. Lines with nothing in them are left out.
 */
public final class LineBatches {
    private static final int MAX_LINES = 1000;
    private static final int MAX_BYTES = 1 << 20;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final InputStream input;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long lines;
    private long firstOfBatch;

    /**
     * @param input what to cut; the caller closes it
     * @param from the first line that counts, from 1; those before it are passed over
     */
    public LineBatches(InputStream input, long from) throws IOException {
        this.input = new BufferedInputStream(input, 1 << 16);
        this.input.mark(BYTE_ORDER_MARK.length);
        if (!java.util.Arrays.equals(this.input.readNBytes(BYTE_ORDER_MARK.length), BYTE_ORDER_MARK)) {
            this.input.reset();
        }
        while (lines < from - 1 && readLine()) {
            // passed over
        }
    }

    /** The next lines, separated by line feeds; empty at the end. */
    public byte[] next() throws IOException {
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        firstOfBatch = lines + 1;
        for (int count = 0; count < MAX_LINES && batch.size() < MAX_BYTES && readLine(); ) {
            if (line.size() == 0) {
                continue;
            }
            if (batch.size() > 0) {
                batch.write('\n');
            }
            line.writeTo(batch);
            count++;
        }
        return batch.toByteArray();
    }

    /** The number of the first line that {@link #next} looked at last, from 1. */
    public long firstOfBatch() {
        return firstOfBatch;
    }

    /** Reads a line, empty ones too; false when there is none. */
    private boolean readLine() throws IOException {
        line.reset();
        int b = input.read();
        if (b < 0) {
            return false;
        }
        lines++;
        boolean pendingReturn = false;
        for (; b >= 0 && b != '\n'; b = input.read()) {
            if (pendingReturn) {
                line.write('\r');
            }
            pendingReturn = b == '\r';
            if (!pendingReturn) {
                line.write(b);
            }
        }
        return true;
    }
}
