/**
 * The way of a write from any replica to the leader. The door's thread submits to its own shard; where that replica does not lead, the
 * entry that its committer folded travels to the node that does, over {@link io.thalweg.cluster.forward.PeerWire}:
 *
 * <pre>
 * door → shard → committer → {@link io.thalweg.cluster.forward.Forwarding} → wire → {@link io.thalweg.cluster.forward.Forwarding#order} on the leader
 *                                  ↑ replies, index of what is applied there ←──────────┘
 *                                  └ when as much is applied here, the door has its reply
 * </pre>
 *
 * <p>So whoever wrote through a replica reads from it what was written, markers of linearizable reads run on the replica that was asked,
 * and no route knows where its shard is led. The messages, little-endian:
 *
 * <pre>
 * order = "ThOr" version:u16=1 requests:i32 body-crc32c:i32 body          the body of an entry, see RequestCodec
 * done  = "ThDo" version:u16=1 applied:i64 replies-crc32c:i32 replies     see Consensus.propose
 * </pre>
 */
@NullMarked
package io.thalweg.cluster.forward;

import org.jspecify.annotations.NullMarked;
