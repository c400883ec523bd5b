/**
 * {@code thalweg cluster}: a cluster as its operator sees and steers it.
 */
@NullMarked
package io.thalweg.cli.cluster;

import org.jspecify.annotations.NullMarked;
