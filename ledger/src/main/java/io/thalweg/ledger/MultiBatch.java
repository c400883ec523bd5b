package io.thalweg.ledger;

import io.thalweg.model.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Several batches of elements of one size in one body, as the wire protocol packs them: the elements of all batches back to back,
 * then a trailer that is read from the end of the body towards its start.
 *
 * <pre>
 * body    = element*, trailer
 * trailer = 0xFF filling, count of the last batch u16 … count of the first batch u16, number of batches u16
 * </pre>
 *
 * The trailer is as many bytes as it needs, rounded up to whole elements. All numbers are little-endian.
 */
public final class MultiBatch {
    /** Most batches in a body: the number that is all ones is the filling. */
    public static final int BATCHES_MAX = 65_534;

    private static final int FILLING = 0xFFFF;

    private MultiBatch() {}

    /** Bytes of the trailer of {@code batches} batches with elements of {@code elementBytes}. */
    public static int trailerBytes(int batches, int elementBytes) {
        int needed = (batches + 1) * Short.BYTES;
        return (needed + elementBytes - 1) / elementBytes * elementBytes;
    }

    /**
     * The number of elements in each batch.
     *
     * @param body from its position to its limit; not trusted
     * @throws MalformedException unless the counts, the filling and the length are exactly those of one another
     */
    public static int[] counts(ByteBuffer body, int elementBytes) {
        ByteBuffer in = body.slice().order(ByteOrder.LITTLE_ENDIAN);
        int length = in.remaining();
        if (length < elementBytes || length % elementBytes != 0) {
            throw new MalformedException("a body of several batches has " + length + " bytes, expected a multiple of "
                    + elementBytes + " with a trailer");
        }
        int batches = in.getShort(length - Short.BYTES) & 0xFFFF;
        if (batches == 0 || batches > BATCHES_MAX) {
            throw new MalformedException("a body has " + batches + " batches, expected 1 to " + BATCHES_MAX);
        }
        int trailer = trailerBytes(batches, elementBytes);
        if (trailer > length) {
            throw new MalformedException(
                    "the trailer of " + batches + " batches has " + trailer + " bytes, the body " + length);
        }
        int[] counts = new int[batches];
        long elements = 0;
        int at = length - Short.BYTES;
        for (int i = 0; i < batches; i++) {
            at -= Short.BYTES;
            counts[i] = in.getShort(at) & 0xFFFF;
            if (counts[i] == FILLING) {
                throw new MalformedException("batch " + i + " has no number of elements");
            }
            elements += counts[i];
        }
        if (elements * elementBytes != length - trailer) {
            throw new MalformedException("batches of " + elements + " elements of " + elementBytes
                    + " bytes do not fill " + (length - trailer) + " bytes");
        }
        for (int filling = length - trailer; filling < at; filling += Short.BYTES) {
            if ((in.getShort(filling) & 0xFFFF) != FILLING) {
                throw new MalformedException("the trailer is not filled with ones at byte " + filling);
            }
        }
        return counts;
    }

    /** Puts the trailer behind the elements that end at the target's position. */
    public static void putTrailer(ByteBuffer target, int[] counts, int elementBytes) {
        ByteOrder order = target.order();
        target.order(ByteOrder.LITTLE_ENDIAN);
        int filling = trailerBytes(counts.length, elementBytes) / Short.BYTES - counts.length - 1;
        for (int i = 0; i < filling; i++) {
            target.putShort((short) FILLING);
        }
        for (int i = counts.length - 1; i >= 0; i--) {
            target.putShort((short) counts[i]);
        }
        target.putShort((short) counts.length).order(order);
    }
}
