/**
 * The streams of a shard as replicated state: the machine that every shard has. {@link io.thalweg.shard.stream.LogMachine} decides
 * what each append becomes; {@link io.thalweg.shard.stream.LogStream} is what it knows of one stream, {@link
 * io.thalweg.shard.stream.StreamMarks} roughly where in it which time and size lie, {@link
 * io.thalweg.shard.stream.IdempotencyWindow} a tenant's remembered keys. Payloads are not here: they lie in the journal since
 * before the request was committed, and {@link io.thalweg.shard.stream.StreamIndex} is told where.
 *
 * <p>{@link io.thalweg.shard.stream.Applying} owns the shard's time and lends the streams to the other machines, so that the
 * directory can create, trim, delete and append in one step with its own change.
 *
 * <p>The apply thread is the only writer. Other threads see what was published when an entry was applied in whole.
 */
@NullMarked
package io.thalweg.shard.stream;

import org.jspecify.annotations.NullMarked;
