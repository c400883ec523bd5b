package io.thalweg.cli.terminal;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Cuts lines into batches for {@code append_batch}: up to 1,000 lines or 1 MiB, whatever comes first. Cutting depends on the
 * content alone, so that the same input gives the same batches and a repeated command is deduplicated.
 */
public final class LineBatches {
    private static final int MAX_LINES = 1000;
    private static final int MAX_BYTES = 1 << 20;

    private final InputStream input;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int number;

    public LineBatches(InputStream input) {
        this.input = new BufferedInputStream(input, 1 << 16);
    }

    /** The next lines, separated by line feeds; empty at the end. Empty lines are left out. */
    public byte[] next() throws IOException {
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        for (int lines = 0; lines < MAX_LINES && batch.size() < MAX_BYTES && readLine(); lines++) {
            if (batch.size() > 0) {
                batch.write('\n');
            }
            line.writeTo(batch);
        }
        number++;
        return batch.toByteArray();
    }

    /** Which batch {@link #next} gave last, from 1. */
    public int number() {
        return number;
    }

    private boolean readLine() throws IOException {
        line.reset();
        for (int b = input.read(); b >= 0; b = input.read()) {
            if (b != '\n') {
                line.write(b);
            } else if (line.size() > 0) {
                return true;
            }
        }
        return line.size() > 0;
    }
}
