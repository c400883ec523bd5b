package io.thalweg.cluster.certificate;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** DER, as far as certificates need it: tag, length, contents. */
final class Der {
    private static final int SHORT_LENGTH_MAX = 127;
    private static final Instant UTC_TIME_ENDS = Instant.parse("2050-01-01T00:00:00Z");
    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter GENERALIZED_TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private Der() {}

    static byte[] of(int tag, byte[]... contents) {
        int length = 0;
        for (byte[] content : contents) {
            length += content.length;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
        out.write(tag);
        if (length <= SHORT_LENGTH_MAX) {
            out.write(length);
        } else {
            byte[] bytes = BigInteger.valueOf(length).toByteArray();
            int from = bytes[0] == 0 ? 1 : 0;
            out.write(0x80 | (bytes.length - from));
            out.write(bytes, from, bytes.length - from);
        }
        for (byte[] content : contents) {
            out.writeBytes(content);
        }
        return out.toByteArray();
    }

    static byte[] sequence(byte[]... contents) {
        return of(0x30, contents);
    }

    static byte[] set(byte[]... contents) {
        return of(0x31, contents);
    }

    static byte[] integer(BigInteger value) {
        return of(0x02, value.toByteArray());
    }

    static byte[] truth() {
        return of(0x01, new byte[] {(byte) 0xff});
    }

    static byte[] text(String value) {
        return of(0x0c, value.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] octets(byte[] value) {
        return of(0x04, value);
    }

    /** @param unused bits at the end of the last byte that do not count */
    static byte[] bits(int unused, byte[] value) {
        return of(0x03, new byte[] {(byte) unused}, value);
    }

    static byte[] time(Instant at) {
        return at.isBefore(UTC_TIME_ENDS)
                ? of(0x17, UTC_TIME.format(at).getBytes(StandardCharsets.US_ASCII))
                : of(0x18, GENERALIZED_TIME.format(at).getBytes(StandardCharsets.US_ASCII));
    }

    /** An object identifier of arcs, of which the first two are small. */
    static byte[] oid(int first, int second, int... arcs) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(40 * first + second);
        for (int arc : arcs) {
            for (int shift = 28; shift > 0; shift -= 7) {
                if (arc >>> shift != 0) {
                    out.write(0x80 | ((arc >>> shift) & 0x7f));
                }
            }
            out.write(arc & 0x7f);
        }
        return of(0x06, out.toByteArray());
    }
}
