/** Tests of tables, filters and orders of ids. */
@NullMarked
package io.thalweg.ledger.store.id;

import org.jspecify.annotations.NullMarked;
