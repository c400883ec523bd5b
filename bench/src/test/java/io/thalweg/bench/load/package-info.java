/** Tests of the load generators' parts. */
@NullMarked
package io.thalweg.bench.load;

import org.jspecify.annotations.NullMarked;
