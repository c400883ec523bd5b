/** The directory as a part of its shard's state: where commands are applied, and where the result is published. */
@NullMarked
package io.thalweg.directory.machine;

import org.jspecify.annotations.NullMarked;
