package io.thalweg.ledger.store;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A checkpoint that was begun: the bytes that will open it again, which count once {@code persist} has run.
 *
 * @param manifest what {@link Records#open} needs; small, independent of the number of records
 * @param persist makes durable what the manifest names; on any one thread but the apply thread, once
 */
public record Capture(ByteBuffer manifest, Persist persist) {

    /** The slow part of a checkpoint. */
    @FunctionalInterface
    public interface Persist {
        /** Writes and forces; a failure leaves the checkpoint unusable and all older ones as they were. */
        void run() throws IOException;
    }
}
