/** A real node process for benchmarks and process tests: starting and killing it, and talking to it over HTTP. */
@NullMarked
package io.thalweg.bench.node;

import org.jspecify.annotations.NullMarked;
