/**
 * Who may change what, and what follows from it: one class for each thing that the directory holds, each working on a {@link
 * io.thalweg.directory.rules.Change}. A refusal is thrown, and the draft with it thrown away. Everything here runs in apply: no clock, no
 * randomness, no other shard.
 */
@NullMarked
package io.thalweg.directory.rules;

import org.jspecify.annotations.NullMarked;
