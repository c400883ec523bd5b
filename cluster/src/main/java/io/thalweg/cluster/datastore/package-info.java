/**
 * The datastore model: what a node says about itself, its shards and its store, so that an operator's tool that knows nothing of
 * Thalweg can see the health of a cluster. All of it is local knowledge and cheap: nothing asks another node.
 */
@NullMarked
package io.thalweg.cluster.datastore;

import org.jspecify.annotations.NullMarked;
