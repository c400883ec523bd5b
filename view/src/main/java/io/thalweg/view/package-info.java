/**
 * Views: code that follows logs and keeps state to query. What is here is the contract: what a view's code is made of ({@link
 * io.thalweg.view.ViewProgram}, {@link io.thalweg.view.ViewInstance}), what should run ({@link io.thalweg.view.ViewSpec}), what is seen
 * of it ({@link io.thalweg.view.VersionStatus}) and what it answers ({@link io.thalweg.view.QueryOutcome}).
 *
 * <p>The rooms, from the ground up:
 *
 * <ul>
 *   <li>{@code schedule}: threads that deal out slices of time.
 *   <li>{@code state}: what a version keeps on disk.
 *   <li>{@code follow}: one version through its life.
 *   <li>{@code host}: all versions of all views of a node.
 * </ul>
 *
 * <p>What holds, whatever happens to the process:
 *
 * <ul>
 *   <li>State and position change in one step: in one file, or in one batch of an index.
 *   <li>Each event is processed in order and takes effect once in the state that is kept; after a failure the code sees some again.
 *   <li>All of it can be rebuilt from the log and the descriptions alone.
 *   <li>While the host runs, no answer shows less than an earlier one of the same version did.
 * </ul>
 */
@NullMarked
package io.thalweg.view;

import org.jspecify.annotations.NullMarked;
