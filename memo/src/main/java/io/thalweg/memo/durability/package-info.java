/**
 * How likely a memo survives. {@link io.thalweg.memo.durability.DurabilityScore} is the definition; {@link
 * io.thalweg.memo.durability.Silence} says what a holder's silence means; {@link io.thalweg.memo.durability.DomainRates} what fails
 * together. {@link io.thalweg.memo.durability.HolderSets} keeps the scores of all resident memos by the sets of their holders;
 * {@link io.thalweg.memo.durability.Watermarks} turns a score into what to do, {@link io.thalweg.memo.durability.Placement} picks
 * where the next copy goes.
 *
 * <p>Everything here is a function of its arguments: no clock, no randomness, {@link java.lang.StrictMath} alone, so that the same
 * inputs give the same bits on every machine. Time is in seconds, rates are per second.
 */
@NullMarked
package io.thalweg.memo.durability;

import org.jspecify.annotations.NullMarked;
