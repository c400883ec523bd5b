/** The way to the leader, over a wire that loses, breaks off and changes bytes. */
@NullMarked
package io.thalweg.cluster.forward;

import org.jspecify.annotations.NullMarked;
