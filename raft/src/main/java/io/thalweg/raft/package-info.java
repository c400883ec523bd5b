/**
 * {@link io.thalweg.shard.Consensus} of groups, on Apache Ratis; a lone shard needs none of it. Entries lie whole in Ratis' own log.
 *
 * <p>A node has one {@link io.thalweg.raft.RatisNode} (one Ratis server: threads, wire) and in it one {@link
 * io.thalweg.raft.RatisConsensus} for each shard (one Ratis group: log, elections). {@link
 * io.thalweg.raft.ReplicaStateMachine} is the adapter between Ratis' state machine and the shard's {@link
 * io.thalweg.shard.Replica}.
 *
 * <p>What nodes say to each other beside that is in {@link io.thalweg.raft.peer}.
 *
 * <p>The way of an entry on the leader, with the thread that does it:
 *
 * <pre>
 * propose          caller      the entry gets its index, and goes out to the others
 * raft log         log worker  writes and forces it
 * commit           event thread, once a majority has said the same
 * Replica.apply    updater     and from that thread the future of propose completes
 * </pre>
 *
 * <p>What holds: an entry is answered only when it is forced on a majority and applied here; entries of one proposing
 * thread are ordered as proposed; after any failure this node neither acknowledges nor applies anything more, and leaves the
 * group, so that the others go on without it.
 *
 * <p>Files of a shard, all below the directory of {@link io.thalweg.raft.ShardGroup}, written by Ratis 3.3:
 *
 * <pre>
 * group                                   says that this is one; ours
 * from-lone                               see {@link io.thalweg.raft.ShardGroup#isBeginning}; ours
 * probation                               see {@link io.thalweg.raft.Probation}; ours
 * forced                                  see {@link io.thalweg.raft.ForcedNote}; ours
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
