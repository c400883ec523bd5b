/**
 * Memos: immutable messages, identified by the hash of their content and of what they follow, so that a graph of them is a clock
 * that nobody keeps. A {@link io.thalweg.memo.Memo} has a canonical form ({@link io.thalweg.memo.MemoCodec}) and hence one {@link
 * io.thalweg.memo.MemoId}, wherever it was made; who wrote it is said beside it ({@link io.thalweg.memo.Authorship}). The youngest
 * memos about an object are its {@link io.thalweg.memo.Head}; {@link io.thalweg.memo.Comparison} tells how two heads lie to each
 * other, and says so when it cannot tell.
 *
 * <p>What memos mean is in {@code memo.object}, where they live in {@code memo.slab}, in files of {@code memo.pack}, how they travel in {@code memo.peering}, how
 * likely they survive in {@code memo.durability}, and what a reader knows in {@code memo.context}. Nothing here knows shards,
 * consensus or HTTP, or reads a clock.
 */
@NullMarked
package io.thalweg.memo;

import org.jspecify.annotations.NullMarked;
