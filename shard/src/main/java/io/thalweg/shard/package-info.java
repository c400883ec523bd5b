/**
 * The replicated state machine of one shard, and the {@link io.thalweg.shard.Consensus} port that orders its entries.
 */
@NullMarked
package io.thalweg.shard;

import org.jspecify.annotations.NullMarked;
