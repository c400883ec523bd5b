/**
 * The port to time. Whoever needs a clock takes a {@link io.thalweg.ports.clock.Clock} from its caller, so that a simulated one can
 * take its place; apply takes none at all.
 */
@NullMarked
package io.thalweg.ports.clock;

import org.jspecify.annotations.NullMarked;
