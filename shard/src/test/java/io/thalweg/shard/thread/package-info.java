/** Tests of the package of the same name. */
@NullMarked
package io.thalweg.shard.thread;

import org.jspecify.annotations.NullMarked;
