package io.thalweg.model;

import java.util.UUID;

/** A person who belongs to a tenant, by its permanent identifier. */
public record UserId(UUID value) implements Comparable<UserId> {

    /** Parses the canonical text form; throws {@link IllegalArgumentException} for anything else. */
    public static UserId parse(String text) {
        return new UserId(UUID.fromString(text));
    }

    /** Orders as unsigned bytes, which is what the binary form sorts by. */
    @Override
    public int compareTo(UserId other) {
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
