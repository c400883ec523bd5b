/**
 * {@link io.thalweg.view.host.ViewHost}: told what should run by {@link io.thalweg.view.ViewSpec}s, it keeps a follower for each version
 * of each view, activates, takes over, removes, and passes queries on. It reaches the world through {@link
 * io.thalweg.view.host.ViewPorts} alone.
 */
@NullMarked
package io.thalweg.view.host;

import org.jspecify.annotations.NullMarked;
