/**
 * Which nodes a cluster has, and on which of them each shard is wanted.
 *
 * <p>The directory says where replicas are <em>wanted</em>; what a shard's group has, its own membership says. The leader of each shard brings the
 * second in line with the first, one member at a time, and so a change goes on whoever dies. What is wanted is changed in one step, against the
 * placement that whoever asks has seen ({@link io.thalweg.directory.cluster.ClusterChange.Place}).
 *
 * <p>The directory's own shard is on every node that is not gone, since a node without it knows nobody: no command places it.
 */
@NullMarked
package io.thalweg.directory.cluster;

import org.jspecify.annotations.NullMarked;
