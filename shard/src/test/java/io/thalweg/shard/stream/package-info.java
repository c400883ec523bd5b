/** Tests of the package of the same name. */
@NullMarked
package io.thalweg.shard.stream;

import org.jspecify.annotations.NullMarked;
