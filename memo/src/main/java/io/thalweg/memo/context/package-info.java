/**
 * What an observer knows. A {@link io.thalweg.memo.context.Context} is a set of heads, one for each object that its holder has seen; as
 * text it is a token that every reply carries and any request may bring, on whichever slab. A read is never older than the context
 * that it brings: the slab waits for what is missing, or says which memos those are.
 *
 * <p>A context stays small by <em>compaction</em>: when it grows over {@link io.thalweg.memo.context.Context#TOKEN_BYTES_MAX}, its
 * heads go into an {@link io.thalweg.memo.context.IndexMemo}, a memo like any other, and the context names that instead.
 */
@NullMarked
package io.thalweg.memo.context;

import org.jspecify.annotations.NullMarked;
