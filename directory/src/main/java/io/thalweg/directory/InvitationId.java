package io.thalweg.directory;

import java.util.UUID;

/** An invitation into a tenant, by its permanent identifier. */
public record InvitationId(UUID value) implements Comparable<InvitationId> {

    /** Parses the canonical text form; throws {@link IllegalArgumentException} for anything else. */
    public static InvitationId parse(String text) {
        return new InvitationId(UUID.fromString(text));
    }

    /** Orders as unsigned bytes, which is what the binary form sorts by. */
    @Override
    public int compareTo(InvitationId other) {
        int high = Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
