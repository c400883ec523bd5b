/** Tests of the simulation, and of the shard inside it. */
@NullMarked
package io.thalweg.testkit;

import org.jspecify.annotations.NullMarked;
