package io.thalweg.server.http.api;

import java.util.Optional;

/** Whether a node can serve, in words that are for everybody. Any thread. */
@FunctionalInterface
public interface Readiness {
    /** Why the node cannot serve at the moment; empty when it can. */
    Optional<String> notReady();

    /** What an operator should know of a node that serves; empty when all is as it should be. */
    default Optional<String> remark() {
        return Optional.empty();
    }
}
