package io.thalweg.server.auth;

import io.thalweg.model.TenantId;
import java.util.UUID;

/**
 * What a token says about its holder; nothing in it is believed about what that holder may do now.
 *
 * @param subject the key or user
 * @param generation of the key's secret or the user's password
 * @param expiresS seconds since 1970
 */
public record Claims(TenantId tenant, Kind kind, UUID subject, int generation, long expiresS) {
    /** What the subject is. */
    public enum Kind {
        KEY,
        USER
    }
}
