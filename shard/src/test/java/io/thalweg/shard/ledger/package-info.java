/** Tests of the package of the same name. */
@NullMarked
package io.thalweg.shard.ledger;

import org.jspecify.annotations.NullMarked;
