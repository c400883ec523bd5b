/** Canonical form, identity, authorship and heads. */
@NullMarked
package io.thalweg.memo;

import org.jspecify.annotations.NullMarked;
