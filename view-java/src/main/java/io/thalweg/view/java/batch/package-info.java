/**
 * What batches are made of. What partitions of a view tell each other about one: {@link io.thalweg.view.java.batch.BatchMessage}, which goes as hops do, exactly once
 * and in order; {@link io.thalweg.view.java.batch.Sendings}, the values that a phase sends on, combined by keys; and what a batch keeps for itself in between,
 * {@link io.thalweg.view.java.batch.BatchTemporary}. Who runs batches stands in {@code io.thalweg.view.java.run}.
 */
@NullMarked
package io.thalweg.view.java.batch;

import org.jspecify.annotations.NullMarked;
