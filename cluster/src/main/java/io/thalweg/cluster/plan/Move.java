package io.thalweg.cluster.plan;

/** A shard's replica that goes from one node to another. */
public record Move(int shard, String from, String to) {}
