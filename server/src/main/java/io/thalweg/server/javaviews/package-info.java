/**
 * Views in Java on a node. {@link io.thalweg.server.javaviews.JavaViews} makes run what the directory wants; a {@link
 * io.thalweg.server.javaviews.RunningView} has a thread for each of its partitions, which takes what waits, has it processed, and appends
 * the step, over {@link io.thalweg.server.javaviews.NodeStreams}. A thread that does not come back is given up and counted. How it is read is in {@code
 * reading}, how it is followed in {@code live}.
 */
@NullMarked
package io.thalweg.server.javaviews;

import org.jspecify.annotations.NullMarked;
