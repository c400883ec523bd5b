/**
 * Simulation for tests: a seeded scheduler, a disk with faults, a consensus without a network.
 */
@NullMarked
package io.thalweg.testkit;

import org.jspecify.annotations.NullMarked;
