package io.thalweg.directory;

import io.thalweg.model.MalformedException;
import java.util.Locale;

/** What a member or a key may do in a tenant; each role may do all that the one before it may. The order is the rank. */
public enum Role {
    /** Reads, appends and books, creates logs and ledgers, deploys and deletes views. */
    MEMBER(1),
    /** Manages members, invitations and keys, deletes logs, reads the audit log. */
    ADMIN(2),
    /** Manages owners and may delete the tenant. Never held by a key. */
    OWNER(3);

    private final int number;

    Role(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    public static Role ofNumber(int number) {
        for (Role role : values()) {
            if (role.number == number) {
                return role;
            }
        }
        throw new MalformedException("role " + number + " is unknown");
    }

    /** Whether this role may do what {@code needed} may. */
    public boolean atLeast(Role needed) {
        return number >= needed.number;
    }

    /** The role as clients write it, e.g. {@code admin}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The role that clients write so; {@link IllegalArgumentException} for any other text. */
    public static Role parse(String text) {
        for (Role role : values()) {
            if (role.text().equals(text)) {
                return role;
            }
        }
        throw new IllegalArgumentException("role is \"" + text + "\", expected member, admin or owner");
    }
}
