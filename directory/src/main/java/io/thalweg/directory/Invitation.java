package io.thalweg.directory;

import io.thalweg.directory.secret.SecretHash;

/**
 * An offer to become a member.
 *
 * @param email in the form of {@link Names#canonicalEmail}
 * @param token hash of what the invited person shows
 * @param createdNs nanoseconds since 1970
 * @param expiresNs from then on it is as if it did not exist
 */
public record Invitation(InvitationId id, String email, Role role, SecretHash token, long createdNs, long expiresNs) {}
