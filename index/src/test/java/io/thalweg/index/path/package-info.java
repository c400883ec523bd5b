/** Tests of paths: every navigator against {@link io.thalweg.index.path.NaivePaths}, which knows no store. */
@NullMarked
package io.thalweg.index.path;

import org.jspecify.annotations.NullMarked;
