/**
 * {@code thalweg key}: a file for each command.
 */
@NullMarked
package io.thalweg.cli.key;

import org.jspecify.annotations.NullMarked;
