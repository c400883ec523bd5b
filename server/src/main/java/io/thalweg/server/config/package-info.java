/**
 * How a node is told what to do: typed options, checked once, and the file that they are read from.
 */
@NullMarked
package io.thalweg.server.config;

import org.jspecify.annotations.NullMarked;
