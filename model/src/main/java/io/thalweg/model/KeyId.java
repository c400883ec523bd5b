package io.thalweg.model;

import java.util.UUID;

/** An API key, by its permanent identifier. */
public record KeyId(UUID value) implements Comparable<KeyId> {

    /** Parses the canonical text form; throws {@link IllegalArgumentException} for anything else. */
    public static KeyId parse(String text) {
        return new KeyId(UUID.fromString(text));
    }

    /** Orders as unsigned bytes, which is what the binary form sorts by. */
    @Override
    public int compareTo(KeyId other) {
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
