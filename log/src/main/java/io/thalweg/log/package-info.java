/**
 * The log on disk. A {@code Journal} keeps one shard's entries as checksummed frames in segments; an event index finds a
 * sequence of a stream in them without scanning; an {@link io.thalweg.log.EventReader} serves what has been applied.
 */
@NullMarked
package io.thalweg.log;

import org.jspecify.annotations.NullMarked;
