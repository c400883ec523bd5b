/** A door by which tests of real processes bring faults into them that no signal brings. It is shut in every process that was not started with it. */
@NullMarked
package io.thalweg.ports.fault;

import org.jspecify.annotations.NullMarked;
