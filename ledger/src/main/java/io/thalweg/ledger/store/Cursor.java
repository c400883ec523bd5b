package io.thalweg.ledger.store;

/**
 * The slots of all records that have some key in some field, in both directions. Seeks may jump anywhere, back as well;
 * those that move on in one direction are cheap. One thread at a time. Must be closed, since it keeps files that were merged
 * away; a cursor that is used after its {@link Records} was closed fails.
 */
public interface Cursor extends AutoCloseable {
    /** Answer of a seek that found nothing. */
    long NONE = -1;

    /** The first slot of the cursor that is not before {@code slot}, or {@link #NONE}. */
    long ceiling(long slot);

    /** The last slot of the cursor that is not behind {@code slot}, or {@link #NONE}. */
    long floor(long slot);

    @Override
    void close();
}
