package io.thalweg.index.schema;

import java.util.Arrays;
import java.util.HexFormat;

/** Bytes as a value: equal by content, in unsigned order, never changed. An array would be none of these. */
public record Bytes(byte[] value) implements Comparable<Bytes> {
    public Bytes {
        value = value.clone();
    }

    @Override
    public byte[] value() {
        return value.clone();
    }

    /** The bytes themselves, for those who only read them. */
    byte[] shared() {
        return value;
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(value, other.value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(value, bytes.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(value);
    }
}
