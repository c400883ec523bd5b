package io.thalweg.ledger.store;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A checkpoint that was begun: the bytes that will open it again, which count once {@code persist} has run.
 *
 * @param manifest what {@link Records#open} needs; small, independent of the number of records
 * @param persist makes durable what the manifest names; on any one thread but the apply thread, once
 * @param published told when the manifest is stored: from then on nothing but this checkpoint and the one before will be opened
 *     again, so files that neither names may go; after {@code persist}, and before that of the next checkpoint
 */
public record Capture(ByteBuffer manifest, Persist persist, Persist published) {

    /** A checkpoint that has nothing to let go of. */
    public Capture(ByteBuffer manifest, Persist persist) {
        this(manifest, persist, () -> {});
    }

    /** A slow part of a checkpoint. */
    @FunctionalInterface
    public interface Persist {
        /** Works with files; a failure leaves the checkpoint unusable and all older ones as they were. */
        void run() throws IOException;
    }
}
