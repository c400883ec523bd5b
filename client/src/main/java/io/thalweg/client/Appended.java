package io.thalweg.client;

/**
 * Where an event stands, durably.
 *
 * @param duplicate whether it was stored already, by an earlier try whose answer got lost
 */
public record Appended(int partition, long sequence, boolean duplicate) {}
