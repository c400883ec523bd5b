/**
 * The training runs of {@code ./thalweg prepare}: each does in a few seconds what a user does, in a JVM that notes which classes it loaded,
 * what it linked and which methods ran hot. What it noted is the cache that later starts of the same kind begin with; see decision 0051.
 */
@NullMarked
package io.thalweg.cli.train;

import org.jspecify.annotations.NullMarked;
