package io.thalweg.view;

/**
 * What a version's state had come to at a place in its stream. Replicas that processed the same events with the same code have the same value there: code gives
 * the same bytes of a snapshot for the same events, that is its contract.
 *
 * @param sequence the last event that the state reflects
 * @param basis of what the state leaves out up to there, gaps and events that were skipped, and of how and where values are made; two values of which that differs say nothing
 *     about each other
 * @param value of the code's own bytes, and of all that it keeps in its index
 */
public record StateDigest(long sequence, long basis, long value) {}
