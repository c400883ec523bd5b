/** Faults between processes, tried on sockets. */
@NullMarked
package io.thalweg.testkit.nemesis;

import org.jspecify.annotations.NullMarked;
