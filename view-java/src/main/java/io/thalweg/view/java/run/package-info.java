/**
 * How a partition of a view runs. {@link io.thalweg.view.java.run.Partition} takes what its sources bring ({@code Intake}: logs and hops,
 * {@code Clockwork}: timers and ticks, {@code OpenCalls}: ends of calls to the outside) through the handlers into one
 * {@link io.thalweg.view.java.run.StepRecord}, and appends that to its change log over the port {@link io.thalweg.view.java.run.Streams}.
 *
 * <p>Exactly once, whatever handlers do: what one run takes in, changes, emits and answers is one step, which is one event of the change
 * log. It is appended together with what it emits, on the condition that the step before is still the newest; a leader that was deposed is
 * refused. Only then it reaches the index and is visible. A replica follows by the change log alone
 * ({@link io.thalweg.view.java.run.ChangeLog}), without running any code; after a crash the store says which step it has, and the rest is
 * read again. What goes to another shard leaves afterwards, as a producer ({@link io.thalweg.view.java.run.Outbox}).
 *
 * <p>One step may be under way to the change log while the next is made over what it writes. The next one leaves when the one below it is stored, applied and
 * told; so what others see, in logs, indexes and answers, is what it would be if each step had been waited for. Whatever else becomes of the one below, both go.
 * A partition of a view with batches waits for each step: a phase begins with what others have sent, which they send with a step that counts, so there would be
 * little to win; and what a batch reads and sets aside is to be committed. So does one that follows another state of its view.
 *
 * <p>Batches go over all partitions: {@code Batches} is a partition's part in them, {@code BatchRun} runs their code, and
 * {@link io.thalweg.view.java.run.Settled} shows them to readers whole.
 *
 * <p>A state of a view may follow another one beside it ({@code Reach} says how far) and take its place
 * ({@link io.thalweg.view.java.run.Handover}).
 *
 * <p>A partition has one thread at a time; who calls it sees to that.
 */
@NullMarked
package io.thalweg.view.java.run;

import org.jspecify.annotations.NullMarked;
