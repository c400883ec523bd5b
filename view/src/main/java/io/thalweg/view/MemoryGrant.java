package io.thalweg.view;

import io.thalweg.model.ThalwegException;

/**
 * What one instance takes of the memory that all views of a node share, told before anything is allocated. Belongs to the thread that runs the
 * instance.
 */
public interface MemoryGrant extends AutoCloseable {
    /**
     * Takes bytes more.
     *
     * @throws ThalwegException {@code OVERLOADED} when the node, or the tenant, has none left: no fault of the code, and another time there may be
     */
    void take(long bytes);

    /** Gives back all that was taken. */
    @Override
    void close();

    /** One that has no end, for what runs outside of a node. */
    static MemoryGrant unbounded() {
        return new MemoryGrant() {
            @Override
            public void take(long bytes) {
                // There is always enough.
            }

            @Override
            public void close() {
                // Nobody counts.
            }
        };
    }
}
