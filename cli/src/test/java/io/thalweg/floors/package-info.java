/** Tests of the architecture as a whole: which floor sees which, and that apply is deterministic. */
@NullMarked
package io.thalweg.floors;

import org.jspecify.annotations.NullMarked;
