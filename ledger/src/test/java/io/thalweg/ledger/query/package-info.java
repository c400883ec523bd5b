/** Tests of queries against filters over all records. */
@NullMarked
package io.thalweg.ledger.query;

import org.jspecify.annotations.NullMarked;
