package io.thalweg.view.java;

import org.jspecify.annotations.Nullable;

/**
 * A call to the outside that is over, as an event of the key that asked for it.
 *
 * @param answer null if it failed
 * @param failure why its last try failed, null if it did not; what was asked for may have happened all the same
 */
public record Completed<Q, A>(
        Q question, @Nullable A answer, @Nullable String failure) {}
