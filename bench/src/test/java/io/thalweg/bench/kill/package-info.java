/** Tests of the judge: what it must not let through. */
@NullMarked
package io.thalweg.bench.kill;

import org.jspecify.annotations.NullMarked;
