/**
 * The ways from a door to what holds the truth: {@link io.thalweg.server.routing.Administration} to the directory, {@link
 * io.thalweg.server.routing.Shards} from a log to the shard of its streams, {@link io.thalweg.server.routing.Ledgers} from a
 * ledger to its shard. {@link io.thalweg.server.routing.Await} says what a caller learns when no answer comes.
 */
@NullMarked
package io.thalweg.server.routing;

import org.jspecify.annotations.NullMarked;
