/**
 * {@link io.thalweg.shard.Consensus} of groups, on Apache Ratis; a lone shard needs none of it. The Raft log holds references, the shard's journal holds the bytes.
 *
 * <p>A node has one {@link io.thalweg.raft.RatisNode} (one Ratis server: threads, wire) and in it one {@link
 * io.thalweg.raft.RatisConsensus} for each shard (one Ratis group: log, elections). {@link
 * io.thalweg.raft.ReplicaStateMachine} is the adapter between Ratis' state machine and the shard's {@link
 * io.thalweg.shard.Replica}.
 *
 * <p>The way of an entry on the leader, with the thread that does it:
 *
 * <pre>
 * propose          caller      reference into the Raft entry, body beside it; the entry gets its index
 * Replica.write    caller      hands the body to the journal
 * Replica.flush    log worker  waits until the journal is forced, then
 * raft log         log worker  writes and forces the reference: a reference on disk implies its body on disk
 * commit           event thread, once a majority has said the same
 * Replica.apply    updater     and from that thread the future of propose completes
 * </pre>
 *
 * <p>What holds: an entry is answered only when body and reference are forced on a majority; entries of one proposing
 * thread are ordered as proposed; after any failure of a write or flush this node neither acknowledges nor applies
 * anything more, and nothing that it had not forced reaches the Raft log's file. Before Ratis opens its log, {@link
 * io.thalweg.raft.RaftLogInspector} has read every byte of it.
 *
 * <p>Files of a shard, all below the directory of {@link io.thalweg.raft.ShardGroup}, written by Ratis 3.3:
 *
 * <pre>
 * GROUP-UUID/in_use.lock
 * GROUP-UUID/current/raft-meta            term and vote, Java properties
 * GROUP-UUID/current/raft-meta.conf       the newest applied membership, protobuf
 * GROUP-UUID/current/log_FIRST-LAST       a closed segment
 * GROUP-UUID/current/log_inprogress_FIRST the open segment
 *
 * segment = "RaftLog1" entry* zero*
 * entry   = length:varint LogEntryProto[length] crc32c:u32 of all before it in the entry, big endian
 * </pre>
 */
@NullMarked
package io.thalweg.raft;

import org.jspecify.annotations.NullMarked;
