/** Tests of the stores: both engines against a sorted map, and what a crash leaves. */
@NullMarked
package io.thalweg.index.store;

import org.jspecify.annotations.NullMarked;
