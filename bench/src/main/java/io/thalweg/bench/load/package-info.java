/**
 * Closed-loop load: each connection waits for its answer before it sends again. Latencies are therefore those of answered requests;
 * a stall shows once per connection, not once per request that would have come meanwhile (coordinated omission). Compare them
 * between systems under the same loop only.
 *
 * <p>This package needs nothing but the JDK and HdrHistogram, so that it also runs beside another system's client jars.
 */
@NullMarked
package io.thalweg.bench.load;

import org.jspecify.annotations.NullMarked;
