package io.thalweg.model;

import java.util.UUID;

/** A tenant, the unit of isolation, by its permanent identifier. */
public record TenantId(UUID value) implements Comparable<TenantId> {

    /** Parses the canonical text form; throws {@link IllegalArgumentException} for anything else. */
    public static TenantId parse(String text) {
        return new TenantId(UUID.fromString(text));
    }

    /** Orders as unsigned bytes, which is what the binary form sorts by. */
    @Override
    public int compareTo(TenantId other) {
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
