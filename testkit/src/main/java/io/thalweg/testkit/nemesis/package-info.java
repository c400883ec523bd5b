/**
 * Faults between real processes on one machine. {@link io.thalweg.testkit.nemesis.PeerLinks} stands before each node's port and lets through what it is told
 * to: from whom a connection comes is asked of the system ({@link io.thalweg.testkit.nemesis.ProcessPorts}), so that each direction between each two nodes
 * can be cut or slowed down by itself, without name spaces and without rights.
 */
@NullMarked
package io.thalweg.testkit.nemesis;

import org.jspecify.annotations.NullMarked;
