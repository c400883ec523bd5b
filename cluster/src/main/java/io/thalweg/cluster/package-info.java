/**
 * Several nodes as one system. {@link io.thalweg.cluster.ClusterNodes} says who is in it and which node holds which shards; {@link
 * io.thalweg.cluster.forward} brings what a replica cannot order to the node that can; {@link io.thalweg.cluster.datastore} is what
 * a node says about itself to whoever operates it; {@link io.thalweg.cluster.action} is what an operator has a node do.
 *
 * <p>Nothing in here opens a socket or reads JSON: the doors are {@code server}'s.
 */
@NullMarked
package io.thalweg.cluster;

import org.jspecify.annotations.NullMarked;
