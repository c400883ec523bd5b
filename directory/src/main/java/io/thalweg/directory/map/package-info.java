/** Immutable maps that share what they have in common, so that each version of the directory can be kept and read without locks. */
@NullMarked
package io.thalweg.directory.map;

import org.jspecify.annotations.NullMarked;
