/** Tests of what talks to a node process. */
@NullMarked
package io.thalweg.bench.node;

import org.jspecify.annotations.NullMarked;
