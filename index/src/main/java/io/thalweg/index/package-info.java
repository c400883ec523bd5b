/**
 * What a view in Java keeps: named indexes, each of which is one nested value of a {@link io.thalweg.index.schema.Schema}, durable,
 * read and written by {@link io.thalweg.index.path paths}.
 *
 * <p>{@link io.thalweg.index.Index} is the declaration that user code holds. {@link io.thalweg.index.IndexSpace} is the part of a store
 * that belongs to one version of a view; it opens declarations, which is when their schemas are held against those before. What it gives
 * is a {@link io.thalweg.index.OpenIndex}, from which come readers over snapshots, on any thread, and writers over the overlay of a step.
 *
 * <pre>
 * space    = view 16 bytes, version u32
 * position = space 00                           what the view says of itself, in the changes of each step
 * schema   = space name ff ff number            descriptions in the order in which they came; name is a key of text
 * value    = space name slot u16, and then as {@link io.thalweg.index.tree} says
 * </pre>
 *
 * <p>The module sees no other of the house than {@code model} and {@code ports}.
 */
@NullMarked
package io.thalweg.index;

import org.jspecify.annotations.NullMarked;
