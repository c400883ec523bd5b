/**
 * The agent API: how an operator's tools see and steer a node that they know nothing else about. At the root of its address it speaks
 * what the released SDK of Replicante parses ({@link io.thalweg.server.agent.AgentRoutes}), under {@code 2020/} the dialect of 2020
 * ({@link io.thalweg.server.agent.StableRoutes}), and at {@code platform/discover} it lists the nodes. What it says is {@link
 * io.thalweg.cluster.datastore.Datastore}, what it has done {@link io.thalweg.cluster.action.Actions}.
 *
 * <p>It has no passwords: on loopback it is open, and elsewhere it is not there without mutual TLS.
 */
@NullMarked
package io.thalweg.server.agent;

import org.jspecify.annotations.NullMarked;
