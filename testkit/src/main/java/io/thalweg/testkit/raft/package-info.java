/**
 * A small Raft for simulations: what a group's replicas do to each other, on one seeded scheduler, without threads or sockets.
 *
 * <p>In production groups are ordered by Apache Ratis, which is tested with real processes. It cannot be stepped, so this package
 * stands in for it wherever a whole group of real replicas runs under simulation: {@link io.thalweg.testkit.raft.RaftMember} is one
 * member as a state machine of messages and ticks, {@link io.thalweg.testkit.raft.RaftStore} its term, vote and log on a {@link
 * io.thalweg.ports.disk.Disk}, {@link io.thalweg.testkit.raft.SimulatedNetwork} the roads between members, with all that happens on
 * them, and {@link io.thalweg.testkit.raft.RaftApplication} what is replicated. It is Raft as its author wrote it down (D. Ongaro,
 * <i>Consensus: Bridging Theory and Practice</i>, 2014): elections with leader stickiness (4.2.3), log replication, compaction with
 * snapshot install (5), membership by one server at a time with learners (4.1, 4.2.1), transfer of leadership (3.10).
 *
 * <p>What holds, and is checked over seeds by its own test: one leader a term, equal prefixes of logs, what was committed is in every
 * later leader's log, and every member applies the same commands in the same order, each once between its snapshot and its end.
 *
 * <p>One thread.
 */
@NullMarked
package io.thalweg.testkit.raft;

import org.jspecify.annotations.NullMarked;
