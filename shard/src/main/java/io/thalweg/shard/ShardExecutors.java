package io.thalweg.shard;

import java.util.concurrent.Executor;

/**
 * The port to threads: where a shard's loops run. Each loop sees to it itself that it never runs twice at the same time, and
 * each must be given another executor than the ones that it waits for. A simulation passes its scheduler.
 *
 * @param committer runs the loop that folds requests into entries
 * @param journal runs the loop that writes and forces the journal; it blocks, and nobody may interrupt it
 * @param ahead applies entries while the journal is being written
 * @param snapshots makes snapshots durable, one after the other; it blocks, and nobody may interrupt it
 */
public record ShardExecutors(Executor committer, Executor journal, Executor ahead, Executor snapshots) {}
