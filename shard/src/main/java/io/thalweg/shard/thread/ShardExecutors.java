package io.thalweg.shard.thread;

import java.util.concurrent.Executor;

/**
 * The port to threads: where a shard's loops run. Each loop sees to it itself that it never runs twice at the same time, and
 * each must be given another executor than the ones that it waits for. A simulation passes its scheduler.
 *
 * @param order folds requests into entries, and in a lone shard writes and forces the journal; it blocks, and nobody may interrupt
 *     it
 * @param apply applies what a lone shard's order thread has no time for, or not yet
 * @param snapshots makes snapshots durable, one after the other; it blocks, and nobody may interrupt it
 */
public record ShardExecutors(Executor order, Executor apply, Executor snapshots) {}
