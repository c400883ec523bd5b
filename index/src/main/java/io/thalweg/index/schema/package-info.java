/**
 * What an index may hold: {@link io.thalweg.index.schema.Schema} and its kinds. A schema says how a value is written and read in
 * both forms of {@link io.thalweg.index.codec}, what else counts as such a value (numbers of another width, JSON), and how it looks
 * as JSON.
 *
 * <p>Collections are stored element by element unless they are declared {@link io.thalweg.index.schema.MapSchema#inline inline} or
 * stand within something that is stored whole. Stored ones may be huge, are read in ranges, and know their size.
 *
 * <p>Schemas change over time. Each cell of an index says with which schema it was written, and the index keeps the descriptions of
 * all of them ({@link io.thalweg.index.schema.SchemaCodec}). {@link io.thalweg.index.schema.Upgrade} finds, once and when the index is
 * opened, how each older form becomes the newest: fields that are new get their defaults, those that are gone are dropped, those that
 * are {@link io.thalweg.index.schema.Was renamed} keep their name in storage, and for everything else there is
 * {@link io.thalweg.index.schema.Schema#migrated a function}. What does not fit is refused then, with the place and both types.
 */
@NullMarked
package io.thalweg.index.schema;

import org.jspecify.annotations.NullMarked;
