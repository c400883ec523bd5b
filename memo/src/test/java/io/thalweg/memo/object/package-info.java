/** What objects become, in whichever order their memos come. */
@NullMarked
package io.thalweg.memo.object;

import org.jspecify.annotations.NullMarked;
