/** The score against published vectors, against simulations of what it calculates, and against its own laws. */
@NullMarked
package io.thalweg.memo.durability;

import org.jspecify.annotations.NullMarked;
