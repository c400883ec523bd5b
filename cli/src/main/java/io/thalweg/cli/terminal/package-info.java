/**
 * What a person at a terminal or a script sees and gives: tables and JSON, progress, lines and rows of input, the sentence of
 * a failure. Exit status 1 is a failure, 2 wrong usage.
 */
@NullMarked
package io.thalweg.cli.terminal;

import org.jspecify.annotations.NullMarked;
