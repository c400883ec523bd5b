/** What to change in a cluster's placement so that something comes about, and what that costs, from values alone. */
@NullMarked
package io.thalweg.cluster.plan;

import org.jspecify.annotations.NullMarked;
