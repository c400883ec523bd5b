/** Requests from a seed, which know nothing of what came of those before them. */
@NullMarked
package io.thalweg.ledger.model.random;

import org.jspecify.annotations.NullMarked;
