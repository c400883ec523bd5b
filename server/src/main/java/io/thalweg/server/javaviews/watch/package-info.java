/**
 * Tells code of users that does not come back from a step that waits for its disk ({@link io.thalweg.server.javaviews.watch.StepWatch}). It knows nothing of views: whoever
 * runs their partitions asks it, and decides.
 */
@NullMarked
package io.thalweg.server.javaviews.watch;

import org.jspecify.annotations.NullMarked;
