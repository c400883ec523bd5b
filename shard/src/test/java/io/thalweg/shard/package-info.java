/** Tests of the shard's parts one by one; the whole shard is tested in a simulated world, in {@code testkit}. */
@NullMarked
package io.thalweg.shard;

import org.jspecify.annotations.NullMarked;
