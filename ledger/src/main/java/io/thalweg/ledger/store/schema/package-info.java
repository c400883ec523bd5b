/** What a store is told before it begins: which fields its records have, which of them are looked for, and how large its pieces are. */
@NullMarked
package io.thalweg.ledger.store.schema;

import org.jspecify.annotations.NullMarked;
