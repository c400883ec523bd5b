package io.thalweg.model;

import java.util.UUID;

/** A view of a log, by its permanent identifier. */
public record ViewId(UUID value) implements Comparable<ViewId> {

    /** Parses the canonical text form; throws {@link IllegalArgumentException} for anything else. */
    public static ViewId parse(String text) {
        return new ViewId(UUID.fromString(text));
    }

    /** Orders as unsigned bytes, which is what the binary form sorts by. */
    @Override
    public int compareTo(ViewId other) {
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
