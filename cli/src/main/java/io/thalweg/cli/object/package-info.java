/** {@code topic} and {@code object}: the causal door from the command line. */
@NullMarked
package io.thalweg.cli.object;

import org.jspecify.annotations.NullMarked;
