/** Double-entry book-keeping. */
@NullMarked
package io.thalweg.ledger;

import org.jspecify.annotations.NullMarked;
