/**
 * Paths: how to reach into an index, to read or to write. A path is a row of navigators, each of which goes from a place to none, one or
 * many. {@link io.thalweg.index.path.Path} is what the compiler checks; {@link io.thalweg.index.path.PathReader} reads the same from
 * JSON and checks it against a schema; {@link io.thalweg.index.path.Walk} does what both say.
 *
 * <pre>{@code
 * timelines.select(key("alice").then(sublist(0, 20)).then(elements()))
 * followers.write(key("alice").then(addTo()).set("bob"))
 * }</pre>
 *
 * <p>What holds everywhere:
 *
 * <ul>
 *   <li>What is null or absent is an empty collection. {@code key} and {@code nth} go to it all the same; {@code must}, {@code first},
 *       {@code last}, {@code setElem}, {@code elements}, {@code values} go nowhere; ranges of it are empty.
 *   <li>Writing to something absent makes it, and what it stands in. Removing leaves collections, also empty ones.
 *   <li>Null is never stored: a place is written or removed.
 *   <li>A path that ends in {@code set} or {@code remove} behind {@code key}, {@code setElem} or {@code addTo} reads nothing where the
 *       collections are unsized; where they are sized it reads whether the key is there and the size, not the value.
 *   <li>A range is one seek and one scan. What was written while it was walked is seen or not; what a write walks over is fixed before
 *       it begins.
 * </ul>
 */
@NullMarked
package io.thalweg.index.path;

import org.jspecify.annotations.NullMarked;
