/**
 * Views in Java, each a whole back end in one class: {@link io.thalweg.examples.WordCount} counts, {@link io.thalweg.examples.Social} fans out,
 * {@link io.thalweg.examples.Shop} decides. {@code thalweg view deploy examples.jar --class io.thalweg.examples.Social} runs one.
 */
@NullMarked
package io.thalweg.examples;

import org.jspecify.annotations.NullMarked;
