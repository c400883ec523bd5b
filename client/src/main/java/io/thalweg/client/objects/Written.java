package io.thalweg.client.objects;

/**
 * What a write became.
 *
 * @param nines how durable it was when it was answered, within the slab's horizon
 * @param targetNines what its topic wants
 */
public record Written(String object, String memo, double nines, double targetNines) {}
