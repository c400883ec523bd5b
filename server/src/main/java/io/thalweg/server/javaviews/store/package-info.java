/**
 * The stores of indexes of views in Java on a node, one for each shard ({@link io.thalweg.server.javaviews.store.IndexStores}), and what is kept of their earlier times
 * ({@link io.thalweg.server.javaviews.store.StoreCheckpoints}, made and let go of by {@link io.thalweg.server.javaviews.store.CheckpointKeeper}). They know views
 * by the logs of their steps, and nothing of what runs.
 */
@NullMarked
package io.thalweg.server.javaviews.store;

import org.jspecify.annotations.NullMarked;
