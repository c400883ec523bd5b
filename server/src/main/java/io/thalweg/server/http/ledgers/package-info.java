/**
 * Ledgers over HTTP: booking in batches, finding by id or by what rows say, one account at a moment, and a ledger's change events as
 * a log. {@code LedgerParameters} has the words that all of these share; {@code AccountReads} takes the moment at which a query
 * reads.
 */
@NullMarked
package io.thalweg.server.http.ledgers;

import org.jspecify.annotations.NullMarked;
