package io.thalweg.server.form;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Rows of a ledger as it writes them: little-endian, of a fixed size, one behind another. */
public final class Rows {
    private Rows() {}

    /** A buffer for so many rows. */
    public static ByteBuffer buffer(int rows, int rowBytes) {
        return ByteBuffer.allocate(rows * rowBytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
