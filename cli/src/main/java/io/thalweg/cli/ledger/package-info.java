/**
 * {@code thalweg ledger}: a file for each command, with what import and audit do beside them.
 */
@NullMarked
package io.thalweg.cli.ledger;

import org.jspecify.annotations.NullMarked;
