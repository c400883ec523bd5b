/**
 * Views in Java: a class declares which logs it follows, which indexes it keeps, and what becomes of an event.
 *
 * <p>{@link io.thalweg.view.java.View} is what users write, {@link io.thalweg.view.java.Declaration} how, and
 * {@link io.thalweg.view.java.Step} what a handler can do: this package is all that they see. Package {@code run} runs the partitions of a
 * view, {@code local} all of them inside one process, for tests.
 */
@NullMarked
package io.thalweg.view.java;

import org.jspecify.annotations.NullMarked;
