/** Slabs alone on a bad disk, and many of them in one thread over a bad network. */
@NullMarked
package io.thalweg.memo.slab;

import org.jspecify.annotations.NullMarked;
