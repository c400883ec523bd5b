package io.thalweg.ports.wire;

import java.util.UUID;

/**
 * The port to other slabs. Messages arrive whole or not at all, perhaps twice, perhaps in another order, from whom they say; each side
 * takes what it gets as a method call of its owner's. Sending never waits.
 */
@FunctionalInterface
public interface Wire {
    /** The longest message. */
    int MESSAGE_BYTES_MAX = 4 << 20;

    /**
     * Hands a message over to be sent; the array is the wire's from then on.
     *
     * @return false when the way to that peer is full or not there: the caller may try again later, or let it be
     */
    boolean send(UUID peer, byte[] message);
}
