/**
 * What a node does by itself, again and again: metering, retention, expiry. Each is a {@link io.thalweg.server.duties.Duty}: how often,
 * whether it is this node's to do at the moment, and one step of it. {@link io.thalweg.server.duties.Duties} runs them all.
 */
@NullMarked
package io.thalweg.server.duties;

import org.jspecify.annotations.NullMarked;
