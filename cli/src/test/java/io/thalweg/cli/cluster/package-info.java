/** What the commands about a cluster say. */
@NullMarked
package io.thalweg.cli.cluster;

import org.jspecify.annotations.NullMarked;
