/**
 * Views: code that follows a log and keeps state to query. This package knows how to follow, snapshot, park, replace and query;
 * what a view's code is made of hides behind {@link io.thalweg.view.ViewProgram}.
 *
 * <p>{@link io.thalweg.view.ViewHost} is the one thing that others use. It is told what should run by
 * {@link io.thalweg.view.ViewSpec}s and runs a {@code Follower} for each version of each view. A follower works in slices of a few
 * milliseconds that {@code SliceScheduler} deals out on a few threads, first by tenant and then by view; between slices it answers
 * queries. {@code CallGuard} is the watchdog's eye on a call that takes too long.
 *
 * <p>What holds, whatever happens to the process:
 *
 * <ul>
 *   <li>State and position change in one step. {@code SnapshotKeeper} has them in one file, {@code IndexKeeper} in one batch.
 *   <li>Each event is processed in order and takes effect once in the state that is kept; after a failure the code sees some again.
 *   <li>All of it can be rebuilt from the log and the descriptions alone.
 *   <li>While the host runs, no answer shows less than an earlier one of the same version did.
 * </ul>
 */
@NullMarked
package io.thalweg.view;

import org.jspecify.annotations.NullMarked;
