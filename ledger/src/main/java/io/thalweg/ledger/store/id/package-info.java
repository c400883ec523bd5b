/**
 * Ids of 128 bits in memory: hashed, sorted, counted in tables and filters. Flat arrays without an object for each id, since a ledger
 * sees a million of them in a second.
 */
@NullMarked
package io.thalweg.ledger.store.id;

import org.jspecify.annotations.NullMarked;
