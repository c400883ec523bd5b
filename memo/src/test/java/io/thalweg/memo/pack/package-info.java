/** What the tests of slabs do to packs. */
@NullMarked
package io.thalweg.memo.pack;

import org.jspecify.annotations.NullMarked;
