/** Which of two failures of one request is told: each pair that can happen together is made to happen, to the model and to the engine. */
@NullMarked
package io.thalweg.ledger.model.precedence;

import org.jspecify.annotations.NullMarked;
