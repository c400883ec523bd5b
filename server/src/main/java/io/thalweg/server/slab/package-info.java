/**
 * The slab of this node: {@link io.thalweg.server.slab.NodeSlab} gives it a thread and a disk. Doors hand it work and are answered after what
 * they wrote is forced.
 */
@NullMarked
package io.thalweg.server.slab;

import org.jspecify.annotations.NullMarked;
