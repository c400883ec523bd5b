/**
 * A node's data directory: who holds it, who may read it, what a start may change in it and when, and what is wrong with it.
 *
 * <p>{@link io.thalweg.server.data.DataDirectory} is where a start begins: it takes the lock before anything is read, and gives a
 * disk on which nothing happens before all that is named was found to be there and right. {@link
 * io.thalweg.server.data.DirectoryLock} says why the lock cannot be taken away from a running node.
 */
@NullMarked
package io.thalweg.server.data;

import org.jspecify.annotations.NullMarked;
