/** What a reader knows, and how small its token stays. */
@NullMarked
package io.thalweg.memo.context;

import org.jspecify.annotations.NullMarked;
