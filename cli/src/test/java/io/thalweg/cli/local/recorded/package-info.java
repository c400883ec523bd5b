/**
 * Clients of a cluster that go on whatever happens to its nodes, and note all that they ask and are told. Each kind is a {@link io.thalweg.cli.local.recorded.Client} with a
 * thread of its own; what each history must be is known to its checker in {@code testkit.history}, and what a view must have come to is recounted from its logs.
 * {@link io.thalweg.cli.local.recorded.RecordedClients} are all of them together.
 */
@NullMarked
package io.thalweg.cli.local.recorded;

import org.jspecify.annotations.NullMarked;
