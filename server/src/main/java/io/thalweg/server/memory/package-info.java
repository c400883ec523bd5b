/**
 * Memory that clients can make large, bounded for the node as a whole with a share for each tenant: bodies, pages, tails.
 *
 * <p>What is not given is refused at once or after a moment, before it is taken, with a code that says so; nobody holds memory while
 * it waits for more.
 */
@NullMarked
package io.thalweg.server.memory;

import org.jspecify.annotations.NullMarked;
