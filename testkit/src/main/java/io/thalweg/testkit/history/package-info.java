/**
 * Histories: what clients asked for, when, and what they were told; and checkers that find in them what a correct system would never have
 * answered. For this project's own trials with real processes, and for users' tests.
 *
 * <ul>
 *   <li>{@link io.thalweg.testkit.history.LogHistory}: appends to one stream and reads of it, compared with what the stream holds at the end;
 *   <li>{@link io.thalweg.testkit.history.SerialHistory}: requests whose answers carry the time of their place in one order, such as a ledger's,
 *       compared with a model that does them one after the other ({@link io.thalweg.testkit.history.LedgerModel} for plain transfers);
 *   <li>{@link io.thalweg.testkit.history.RetryHistory}: requests that are sent more than once, in sessions or by producers.
 * </ul>
 *
 * <p>An outcome that nobody knows (a connection broke off, a leader died) is recorded as such: what was asked for may have been done once,
 * at any time since, or never. Checking takes one sort by time and is linear otherwise, so that histories may have millions of operations;
 * general linearizability is not attempted, since the order is told by the answers themselves.
 *
 * <p>Times are those of one clock that never goes back, such as {@code System.nanoTime()} of the one process that records; operations of
 * several processes on one machine may share its monotonic clock.
 */
@NullMarked
package io.thalweg.testkit.history;

import org.jspecify.annotations.NullMarked;
