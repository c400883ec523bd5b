/**
 * Between the two doors. A topic may feed a log, in which each memo about one of its objects becomes an event ({@link
 * io.thalweg.server.feeds.FeedingTopic}), so that views and ledgers follow objects; and it may follow a log, of which each event becomes a
 * change of an object ({@link io.thalweg.server.feeds.FollowingTopic}). {@link io.thalweg.server.feeds.Feeds} does what is to do for the streams of a
 * shard, on the node that leads it; that nothing comes twice does not hang on there being one of them at a time.
 */
@NullMarked
package io.thalweg.server.feeds;

import org.jspecify.annotations.NullMarked;
