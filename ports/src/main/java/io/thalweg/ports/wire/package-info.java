/** The port to other slabs, so that hundreds of them can run in one thread with a simulated network between. */
@NullMarked
package io.thalweg.ports.wire;

import org.jspecify.annotations.NullMarked;
