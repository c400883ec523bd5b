package io.thalweg.directory;

import io.thalweg.model.KeyId;
import io.thalweg.model.UserId;

/** On whose behalf a command comes, as the door authenticated it; the audit names it. */
public sealed interface Actor {

    /** Whoever runs the node, and the node itself: may do everything in every tenant. Never reachable with a tenant's token. */
    record Operator() implements Actor {}

    /** An API key of the tenant. */
    record OfKey(KeyId key) implements Actor {}

    /** A member of the tenant. */
    record OfUser(UserId user) implements Actor {}

    /** The operator. */
    static Actor operator() {
        return new Operator();
    }
}
