/**
 * Append-only records of a fixed size on disk, with the indexes that the ledger needs to find them: by id, by timestamp, by
 * field. {@link io.thalweg.ledger.store.Records} is the way in.
 */
@NullMarked
package io.thalweg.ledger.store;

import org.jspecify.annotations.NullMarked;
