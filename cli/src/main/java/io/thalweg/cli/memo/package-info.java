/**
 * {@code thalweg memo} and {@code thalweg durability}: a file for each command.
 */
@NullMarked
package io.thalweg.cli.memo;

import org.jspecify.annotations.NullMarked;
