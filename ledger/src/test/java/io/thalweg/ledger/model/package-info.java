/**
 * An independent model of the ledger, slow and obvious, and the engine held against it.
 *
 * <p>{@link io.thalweg.ledger.model.ModelLedger} was written from the reference page alone, never by looking at the engine: numbers
 * of any size, maps, lists, and queries that look at everything. {@link io.thalweg.ledger.model.random.Generator} makes requests from a
 * seed and knows nothing of what came of them, so that queries do not follow the data.
 *
 * <ul>
 *   <li>{@link io.thalweg.ledger.model.DifferentialTest}: both answer a million events, and queries between them, in the same
 *       way; checkpoints, power cuts and falling back to an older checkpoint included.
 *   <li>{@link io.thalweg.ledger.model.precedence.PrecedenceTest}: of every two failures that can happen together, the right one is told.
 *   <li>{@link io.thalweg.ledger.model.RulesTest}: rules and cases worth a name.
 * </ul>
 *
 * <p>A failure names its seed, and a seed gives the same run again. From the root of the repository:
 *
 * <pre>{@code
 * ./mvnw test -pl ledger -am -Dtest=DifferentialTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dthalweg.ledger.seed=42        that seed alone
 *     -Dthalweg.ledger.endless=true   new seeds until it fails
 *     -Dthalweg.ledger.events=200000  that many events instead of a million
 * }</pre>
 */
@NullMarked
package io.thalweg.ledger.model;

import org.jspecify.annotations.NullMarked;
