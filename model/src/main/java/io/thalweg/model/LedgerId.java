package io.thalweg.model;

import java.util.UUID;

/** A ledger of a tenant, by its permanent identifier. */
public record LedgerId(UUID value) implements Comparable<LedgerId> {

    /** Parses the canonical text form; throws {@link IllegalArgumentException} for anything else. */
    public static LedgerId parse(String text) {
        return new LedgerId(UUID.fromString(text));
    }

    /** Orders as unsigned bytes, which is what the binary form sorts by. */
    @Override
    public int compareTo(LedgerId other) {
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
