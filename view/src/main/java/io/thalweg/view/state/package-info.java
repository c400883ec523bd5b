/**
 * What a version of a view keeps on disk: its state and the position that the state reflects, changed in one step. {@link
 * io.thalweg.view.state.StateKeeper} is the port; {@link io.thalweg.view.state.SnapshotKeeper} has state and position in one file,
 * {@link io.thalweg.view.state.IndexKeeper} in one batch of the index that all views of the host share ({@link
 * io.thalweg.view.state.Indexes}). All of it can be computed again from the logs: what is damaged is set aside and replaced.
 *
 * <p>The format of a snapshot stands in {@link io.thalweg.view.state.SnapshotFile}, the layout of folders in {@link
 * io.thalweg.view.state.StateDirectory}.
 */
@NullMarked
package io.thalweg.view.state;

import org.jspecify.annotations.NullMarked;
