package io.thalweg.view;

/**
 * State of a view's code together with the sequence that it reflects.
 *
 * @param position the last sequence processed
 * @param deadLettered the last sequence that went to {@link DeadLetters}, or 0
 * @param takenAtMs when, in milliseconds since 1970
 * @param guest what {@link ViewInstance#snapshot} returned
 */
record SavedState(long position, long deadLettered, long takenAtMs, byte[] guest) {}
