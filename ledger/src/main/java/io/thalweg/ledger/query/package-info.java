/**
 * Reading a ledger: transfers, expiries and accounts by what they hold, balances at any time, changes in order.
 *
 * <p>{@link io.thalweg.ledger.query.LedgerQueries} is the way in. Each query answers as of a
 * {@link io.thalweg.ledger.query.Point}: a number of transfers, expiries and accounts, all of which are immutable, so that it
 * may run on any thread beside the one that books. What changes (an account's balances, whether a transfer is still pending)
 * is worked out from what does not.
 *
 * <p>Records are numbered in the order of their creation, which is that of their timestamps; a number is a <em>slot</em>. For
 * each value of an indexed field there is a {@link io.thalweg.ledger.store.Cursor} over the slots that have it, which can be
 * sought in both directions. A query is a tree of cursors: {@link io.thalweg.ledger.query.Intersection} of the fields that are
 * asked for, {@link io.thalweg.ledger.query.Union} where one of several will do. It yields slots in order of time and stops at
 * the limit, so that nothing is sorted, and what is read follows the postings of the asked values, not the size of the ledger.
 */
@NullMarked
package io.thalweg.ledger.query;

import org.jspecify.annotations.NullMarked;
