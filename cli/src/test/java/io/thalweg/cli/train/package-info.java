/** Tests of the training runs. */
@NullMarked
package io.thalweg.cli.train;

import org.jspecify.annotations.NullMarked;
