/** Tests of the book. */
@NullMarked
package io.thalweg.ledger;

import org.jspecify.annotations.NullMarked;
