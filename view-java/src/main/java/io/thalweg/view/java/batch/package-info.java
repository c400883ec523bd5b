/**
 * What partitions of a view tell each other about a batch: {@link io.thalweg.view.java.batch.BatchMessage}, which goes as hops do, exactly once
 * and in order; and {@link io.thalweg.view.java.batch.Sendings}, the values that a phase sends on, combined by keys.
 */
@NullMarked
package io.thalweg.view.java.batch;

import org.jspecify.annotations.NullMarked;
