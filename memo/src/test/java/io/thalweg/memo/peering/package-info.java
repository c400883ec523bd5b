/** How slabs talk, and how copies leave. */
@NullMarked
package io.thalweg.memo.peering;

import org.jspecify.annotations.NullMarked;
