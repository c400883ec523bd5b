/** Tests of indexes as a view uses them: declared, opened, written in steps, read from snapshots. */
@NullMarked
package io.thalweg.index;

import org.jspecify.annotations.NullMarked;
