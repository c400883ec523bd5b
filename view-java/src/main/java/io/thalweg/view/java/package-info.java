/**
 * Views in Java: a class declares which logs it follows, which indexes it keeps, and what becomes of an event.
 *
 * <p>{@link io.thalweg.view.java.View} is what users write, {@link io.thalweg.view.java.Declaration} how, and
 * {@link io.thalweg.view.java.Step} what a handler can do. {@link io.thalweg.view.java.Partition} runs one partition of a view over the
 * port {@link io.thalweg.view.java.Streams}; {@link io.thalweg.view.java.LocalView} runs all of them inside the process, for tests.
 *
 * <p>Exactly once, whatever handlers do: what one run of a partition takes in, changes, emits and answers is one step, which is one event
 * of the partition's change log. It is appended together with what it emits, on the condition that the step before is still the newest;
 * a leader that was deposed is refused. Only then it reaches the index and is visible. A replica follows by the change log alone, without
 * running any code; after a crash the store says which step it has, and the rest is read again.
 */
@NullMarked
package io.thalweg.view.java;

import org.jspecify.annotations.NullMarked;
