package io.thalweg.directory;

import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.model.UserId;

/**
 * A person who is member of a tenant. The same person in two tenants is two users.
 *
 * @param email in the form of {@link Names#canonicalEmail}, unique in the tenant
 * @param generation counts changes of the password; a token that was made for an older one is void
 * @param createdNs nanoseconds since 1970
 */
public record User(UserId id, String email, PasswordHash password, int generation, Role role, long createdNs) {
    public User withRole(Role changed) {
        return new User(id, email, password, generation, changed, createdNs);
    }

    public User withPassword(PasswordHash changed) {
        return new User(id, email, changed, generation + 1, role, createdNs);
    }
}
