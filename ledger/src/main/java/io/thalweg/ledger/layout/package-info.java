/**
 * How accounts, transfers, balances and the filters of queries lie in memory, on disk and on the wire, and how the numbers in them are
 * read and compared. Source: TigerBeetle's data structures of release 0.17.
 */
@NullMarked
package io.thalweg.ledger.layout;

import org.jspecify.annotations.NullMarked;
