package io.thalweg.cluster.datastore;

/** What a node is for one shard. */
public sealed interface ShardRole {
    /** It orders the shard's entries. */
    record Primary() implements ShardRole {}

    /** It has what the primary has, or nearly, and applies what comes. */
    record Secondary() implements ShardRole {}

    /** It is being brought up to date, or nobody knows yet whether it is. */
    record Recovering() implements ShardRole {}

    /** Anything else, in words. */
    record Other(String what) implements ShardRole {}
}
