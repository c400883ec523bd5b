/**
 * The commands that are a node or work on its files: {@code dev}, {@code node}, {@code verify}.
 */
@NullMarked
package io.thalweg.cli.node;

import org.jspecify.annotations.NullMarked;
