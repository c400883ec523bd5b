/**
 * How queries of a view run. {@link io.thalweg.view.java.query.QueryRun} is one question with all that it asks on the way: one deadline, one
 * moment of the indexes, one bound on what is read. It goes to partitions by {@link io.thalweg.view.java.query.FanOut}, in which the thread
 * that asks works, too, and others help if they are free: so nobody waits for a thread, however deep queries ask queries.
 * {@link io.thalweg.view.java.query.QueryThreads} are the threads of a node, which are given up when code does not come back.
 *
 * <p>All partitions of a view lie in one shard and in one store of a node, so that one snapshot of it is one moment of all of them.
 */
@NullMarked
package io.thalweg.view.java.query;

import org.jspecify.annotations.NullMarked;
