/**
 * {@code thalweg view}: a file for each command.
 */
@NullMarked
package io.thalweg.cli.view;

import org.jspecify.annotations.NullMarked;
