/**
 * {@code thalweg local}: a cluster of node processes on this machine, for development and tests. {@link
 * io.thalweg.cli.local.LocalFiles} lays out who is in it and where, {@link io.thalweg.cli.local.LocalSlabs} which slabs without shards stand
 * beside them; a {@link io.thalweg.cli.local.Child} is one process, and {@link io.thalweg.cli.local.LocalTenant} what there is to play with.
 */
@NullMarked
package io.thalweg.cli.local;

import org.jspecify.annotations.NullMarked;
