/**
 * {@code thalweg log}: a file for each command.
 */
@NullMarked
package io.thalweg.cli.log;

import org.jspecify.annotations.NullMarked;
