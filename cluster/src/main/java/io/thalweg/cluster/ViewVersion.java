package io.thalweg.cluster;

/**
 * One deployment of a view.
 *
 * @param number 1 for the first, never reused within the view
 * @param deployedNs nanoseconds since 1970
 */
public record ViewVersion(int number, ViewCode code, long deployedNs) {}
