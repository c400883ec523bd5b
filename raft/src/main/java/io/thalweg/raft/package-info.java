/**
 * {@link io.thalweg.shard.Consensus} on Apache Ratis: the Raft log holds references, the shard's journal holds the bytes.
 */
@NullMarked
package io.thalweg.raft;

import org.jspecify.annotations.NullMarked;
