/**
 * The seam between a shard and the parts of its state. A {@link io.thalweg.shard.machine.Machine} owns operations and is told to
 * apply them, one request after another; it sees the request's {@link io.thalweg.shard.machine.Turn} (time, and place in the
 * entry) and, through {@link io.thalweg.shard.machine.ApplyContext}, the streams. What one machine needs of another it is given
 * when it is made, as a small port, such as {@link io.thalweg.shard.machine.LedgerRegistry}: machines do not know each other.
 *
 * <p>All of it runs on the shard's apply thread, between two requests of which nothing else runs, and reaches nothing that
 * could differ between replicas. A reply is part of that: what a machine answers depends on the requests so far and on nothing else.
 */
@NullMarked
package io.thalweg.shard.machine;

import org.jspecify.annotations.NullMarked;
