/** On whose threads a shard works, and what may run beside what. */
@NullMarked
package io.thalweg.shard.thread;

import org.jspecify.annotations.NullMarked;
