/**
 * Benchmarks, each one command, each beside a peer in the same run.
 */
@NullMarked
package io.thalweg.bench;

import org.jspecify.annotations.NullMarked;
