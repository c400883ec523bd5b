/**
 * The port to files. Everything durable that a shard keeps goes through {@link io.thalweg.ports.disk.Disk}, so that a simulated disk
 * can take its place; {@link io.thalweg.ports.disk.FileDisk} is the real one.
 */
@NullMarked
package io.thalweg.ports.disk;

import org.jspecify.annotations.NullMarked;
