/** What it takes to run a peer's code that is no part of the build. */
@NullMarked
package io.thalweg.bench.peer;

import org.jspecify.annotations.NullMarked;
