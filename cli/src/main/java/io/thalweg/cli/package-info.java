/**
 * The {@code thalweg} command: a package for each of its first words, what they share in {@code api} (how a node is reached) and
 * {@code terminal} (what is read and shown).
 */
@NullMarked
package io.thalweg.cli;

import org.jspecify.annotations.NullMarked;
