/**
 * The process. {@link io.thalweg.server.Node} opens everything from the disk upwards and the HTTP door last; {@link
 * io.thalweg.server.DevNode} adds what a development node has beyond that: a tenant, a key, and a file that tells them.
 */
@NullMarked
package io.thalweg.server;

import org.jspecify.annotations.NullMarked;
