/**
 * The directory decides, shards confirm (rule 7 of the design).
 *
 * <p>A command that makes or deletes a log or a ledger changes the directory alone, and leaves a {@link io.thalweg.directory.Pending}
 * decision under its version: what each shard is to have, or not to have any more. {@link io.thalweg.directory.placement.Reconciler},
 * where the directory's shard is led, tells each shard ({@link io.thalweg.directory.placement.PlaceRequest}: "have these streams,
 * these ledgers"), which is an ordinary request of that shard, and then the directory that it is done ({@code Confirm}). Only then is a
 * log its tenant's, and can be appended to.
 *
 * <p>Either step may be lost, repeated, or come late from a leader that has been deposed:
 *
 * <ul>
 *   <li>whoever leads next finds the decision still pending, and begins anew: to have a stream twice is to have it;
 *   <li>a request names the directory's version as of which it was made, and a shard takes none that is older than what it has heard
 *       of ({@link io.thalweg.directory.placement.PlacementMachine}): a stream that was deleted is not made again by a late request.
 * </ul>
 *
 * No command reads or changes another shard inside apply. The platform's own logs of a tenant ({@code $audit}, {@code $components}, {@code
 * $dead-letters}) live in the directory's shard, which makes, writes and deletes them in the step of the command itself.
 */
@NullMarked
package io.thalweg.directory.placement;

import org.jspecify.annotations.NullMarked;
