/**
 * Faults of real processes on one machine, and between them, for this project's own trials and for users' tests. A {@link io.thalweg.testkit.nemesis.Nemesis} brings about one {@link
 * io.thalweg.testkit.nemesis.Fault} after the other in the processes that somebody started ({@link io.thalweg.testkit.nemesis.Nodes}). {@link
 * io.thalweg.testkit.nemesis.PeerLinks} stands before each node's port and lets through what it is told
 * to: from whom a connection comes is asked of the system ({@link io.thalweg.testkit.nemesis.ProcessPorts}), so that each direction between each two nodes
 * can be cut or slowed down by itself, without name spaces and without rights.
 */
@NullMarked
package io.thalweg.testkit.nemesis;

import org.jspecify.annotations.NullMarked;
