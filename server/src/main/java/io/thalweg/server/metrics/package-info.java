/**
 * The numbers of a node that no single part of it counts.
 */
@NullMarked
package io.thalweg.server.metrics;

import org.jspecify.annotations.NullMarked;
