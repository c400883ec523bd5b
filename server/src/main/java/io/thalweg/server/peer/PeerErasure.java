package io.thalweg.server.peer;

import io.thalweg.model.TenantId;
import java.util.Optional;
import java.util.UUID;

/**
 * How far a node is with having what was deleted go from its disk; as JSON between nodes.
 *
 * @param phase {@code new}, {@code running}, {@code done} or {@code failed}; {@code unknown} of a node that does not answer
 * @param error why it failed, or does not answer; empty when nothing went wrong
 * @param payload JSON: what it waits for and, when it is done, what is left of the tenant; empty when there is nothing to say
 */
public record PeerErasure(String phase, String error, String payload) {
    /** Has what is deleted by now go from a node's disk. Thread-safe. */
    @FunctionalInterface
    public interface Eraser {
        /**
         * Begins, or says how far it is with what was begun under the same id. Blocks on a disk.
         *
         * @param tenant whose memos go, too, and of whom is reported
         * @param version of the directory, as of which it is deleted
         */
        PeerErasure erase(UUID id, Optional<TenantId> tenant, long version);
    }

    /** Of a node that does not answer. */
    public static PeerErasure unknown(String why) {
        return new PeerErasure("unknown", why, "");
    }
}
