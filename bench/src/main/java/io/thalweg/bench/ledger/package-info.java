/** Load on books of double entry, through drivers that speak to one system or another; see {@code LedgerBench}. */
@NullMarked
package io.thalweg.bench.ledger;

import org.jspecify.annotations.NullMarked;
