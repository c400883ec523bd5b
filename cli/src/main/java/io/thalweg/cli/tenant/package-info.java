/**
 * {@code thalweg tenant}, for the operator: a file for each command.
 */
@NullMarked
package io.thalweg.cli.tenant;

import org.jspecify.annotations.NullMarked;
