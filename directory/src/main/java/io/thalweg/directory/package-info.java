/**
 * The directory: tenants, their users, keys, logs, ledgers and views, as a deterministic {@link io.thalweg.directory.DirectoryMachine}
 * inside the directory's shard.
 *
 * <p>A door builds a {@link io.thalweg.directory.DirectoryCommand} with every identifier and every hash of a secret already in
 * it, and hands it to {@link io.thalweg.directory.DirectoryClient}. Apply checks everything that depends on state (who the
 * actor is, roles, uniqueness, existence in the same tenant, quotas), changes the state, and appends one audit event to the
 * tenant's log {@code $audit} in the same step; a refusal changes nothing and leaves no event. Identifiers of another tenant
 * behave exactly as if they did not exist.
 *
 * <p>{@link io.thalweg.directory.Directory} is the state as an immutable value. {@link io.thalweg.directory.DirectoryMachine}
 * publishes a new one after each entry; any thread may keep and read one without locks.
 *
 * <p>Each tenant has three logs of the platform's own beside its clients': {@code $audit} (administrative actions as JSON),
 * {@code $components} (the bytes of view components, as events of 1 MiB) and {@code $dead-letters} (events that an operator or
 * a view's policy skipped).
 */
@NullMarked
package io.thalweg.directory;

import org.jspecify.annotations.NullMarked;
