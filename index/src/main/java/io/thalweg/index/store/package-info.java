/**
 * Where indexes lie: cells, which are keys with values, in the order of their keys as unsigned bytes.
 *
 * <p>{@link io.thalweg.index.store.IndexStore} is the port, with two engines of the same order: {@link io.thalweg.index.store.RocksStore}
 * on disk and {@link io.thalweg.index.store.MemoryStore}. Both take {@link io.thalweg.index.store.Changes} whole, in order, and keep
 * after a crash what was committed up to some moment at or after the last {@link io.thalweg.index.store.IndexStore#flush}: a position
 * that lies in the same changes as the data is always that data's. Neither has a log of its own; a view's change log is one.
 *
 * <p>{@link io.thalweg.index.store.Overlay} holds what a step has written so far, over a store or over the step before, and hands it
 * out as changes in which each cell stands once.
 */
@NullMarked
package io.thalweg.index.store;

import org.jspecify.annotations.NullMarked;
