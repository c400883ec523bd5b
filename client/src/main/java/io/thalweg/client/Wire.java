package io.thalweg.client;

import java.nio.ByteBuffer;

/** Numbers of 128 bits in the binary form of accounts and transfers: little-endian, the low half first. */
final class Wire {
    private Wire() {}

    static void put(ByteBuffer out, U128 value) {
        out.putLong(value.low()).putLong(value.high());
    }

    static U128 get(ByteBuffer in) {
        long low = in.getLong();
        return new U128(in.getLong(), low);
    }
}
