package io.thalweg.cluster.datastore;

/** Where a node is in its life. */
public enum NodeStatus {
    /** The agent cannot reach the store's process. */
    UNAVAILABLE,
    /** It belongs to no cluster yet, or no more. */
    NOT_IN_CLUSTER,
    /** It has begun to belong, and some shard has not caught up for the first time. */
    JOINING_CLUSTER,
    /** Its replicas are being moved away. */
    LEAVING_CLUSTER,
    /** Something is known to be wrong. */
    UNHEALTHY,
    HEALTHY
}
