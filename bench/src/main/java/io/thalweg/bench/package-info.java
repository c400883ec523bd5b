/**
 * Benchmarks, each one command, each beside a peer in the same run. What counts are ratios: the same machine, the same minutes, the
 * same load generator, in rounds that take turns, so that what disturbs one disturbs all. Absolute figures say more about a machine
 * than about a program.
 *
 * <p>{@link io.thalweg.bench.BenchCommand} lists the commands. Load comes from {@code load}, each generator in a JVM of its own;
 * {@code node} starts, kills and talks to a real Thalweg node.
 */
@NullMarked
package io.thalweg.bench;

import org.jspecify.annotations.NullMarked;
