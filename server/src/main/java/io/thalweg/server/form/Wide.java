package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.math.BigInteger;
import java.nio.ByteBuffer;

/** Unsigned numbers of up to 128 bits as decimal text, and in a buffer as two little-endian halves, the low one first. */
public final class Wide {
    private static final BigInteger MASK = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    /** So many digits fit in a long, whatever they are. */
    private static final int SAFE_DIGITS = 18;

    private static final int MAX_DIGITS = 39;

    private Wide() {}

    /** The number in decimal digits and nothing else; {@code bits} of it at most. */
    public static BigInteger parse(String what, String text, int bits) {
        boolean digits = !text.isEmpty() && text.length() <= MAX_DIGITS;
        for (int i = 0; digits && i < text.length(); i++) {
            digits = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        if (!digits) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    what + " is '" + Numbers.shorten(text) + "', expected a whole number in decimal digits");
        }
        BigInteger value =
                text.length() <= SAFE_DIGITS ? BigInteger.valueOf(Long.parseLong(text)) : new BigInteger(text);
        if (value.bitLength() > bits) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, what + " is " + text + ", which has more than " + bits + " bits");
        }
        return value;
    }

    public static long low(BigInteger value) {
        return value.and(MASK).longValue();
    }

    public static long high(BigInteger value) {
        return value.shiftRight(64).longValue();
    }

    public static void put(BigInteger value, ByteBuffer target, int at) {
        target.putLong(at, low(value)).putLong(at + 8, high(value));
    }

    /** Writes the 16 bytes at an offset as a JSON string of decimal digits. */
    public static void write(ByteBuffer source, int at, ByteSink out) {
        out.u8('"');
        digits(source.getLong(at), source.getLong(at + 8), out);
        out.u8('"');
    }

    /** Writes the 8 bytes at an offset as a JSON string of decimal digits. */
    public static void write64(ByteBuffer source, int at, ByteSink out) {
        out.u8('"');
        digits(source.getLong(at), 0, out);
        out.u8('"');
    }

    public static void digits(long low, long high, ByteSink out) {
        if (high == 0 && low >= 0) {
            out.number(low);
        } else {
            out.ascii(toBigInteger(low, high).toString());
        }
    }

    public static BigInteger toBigInteger(long low, long high) {
        return unsigned(high).shiftLeft(64).or(unsigned(low));
    }

    private static BigInteger unsigned(long value) {
        return BigInteger.valueOf(value).and(MASK);
    }
}
