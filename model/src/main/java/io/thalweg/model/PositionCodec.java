package io.thalweg.model;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The two forms of a {@link Position}.
 *
 * <p><b>Binary</b>, in states and messages, little-endian: {@code u8 kind (1 single, 2 several) · u16 n · n × (log 16 bytes · i32
 * partition · i64 sequence)}, streams in ascending order, n = 1 for a single one.
 *
 * <p><b>Text</b>, the token: a single position is its sequence in decimal digits, and it takes a stream to read it back. Several are
 * {@code "p" + base64url(bytes)} without padding, where the bytes, big-endian, are
 *
 * <pre>
 * u8 version (1) · varint logs · each log: 16 bytes id · varint partitions · each: varint partition · varint sequence · u32 CRC-32C
 * </pre>
 *
 * <p>The checksum is over all before it and finds mistakes of transport, not forgery: what a token says gives nobody any right. Each
 * position has one token, and any other text is refused with what is wrong with it.
 */
public final class PositionCodec {
    /** Longest token there can be. */
    public static final int MAX_TOKEN_CHARS = 48 << 10;

    private static final int SINGLE = 1;
    private static final int SEVERAL = 2;
    private static final int STREAM_BYTES = 28;

    /** A log, its count of partitions, a partition and a sequence. */
    private static final int STREAM_TOKEN_BYTES_MAX = 32;

    private static final char MARK = 'p';
    private static final int VERSION = 1;
    private static final int CRC_BYTES = 4;
    private static final int MAX_DIGITS = 19;

    private PositionCodec() {}

    /** Appends the binary form. */
    public static void write(BinaryWriter out, Position position) {
        Map<StreamId, Long> sequences = position.sequences();
        out.u8(position instanceof Position.Single ? SINGLE : SEVERAL).u16(sequences.size());
        sequences.forEach((stream, sequence) ->
                out.uuid(stream.log().value()).i32(stream.partition()).i64(sequence));
    }

    /** Reads the binary form; throws {@link MalformedException} when it is none. */
    public static Position read(BinaryReader in) {
        int kind = in.u8();
        int count = in.u16();
        if ((kind != SINGLE && kind != SEVERAL)
                || count > Position.MAX_STREAMS
                || (kind == SINGLE && count != 1)
                || in.remaining() < (long) count * STREAM_BYTES) {
            throw new MalformedException("position of kind " + kind + " with " + count + " streams in " + in.remaining()
                    + " bytes; expected kind 1 or 2 and at most " + Position.MAX_STREAMS);
        }
        TreeMap<StreamId, Long> sequences = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            add(sequences, new LogId(in.uuid()), in.i32(), in.i64());
        }
        return kind == SINGLE
                ? Position.of(sequences.firstKey(), sequences.firstEntry().getValue())
                : Position.of(sequences);
    }

    private static void add(SortedMap<StreamId, Long> sequences, LogId log, int partition, long sequence) {
        if (partition < 0 || sequence < 0) {
            throw new MalformedException(
                    "position has partition " + partition + " at sequence " + sequence + "; neither can be negative");
        }
        StreamId stream = new StreamId(log, partition);
        if (!sequences.isEmpty() && sequences.lastKey().compareTo(stream) >= 0) {
            throw new MalformedException("position names stream " + stream + " after " + sequences.lastKey());
        }
        sequences.put(stream, sequence);
    }

    static String token(Position position) {
        return switch (position) {
            case Position.Single single -> Long.toString(single.sequence());
            case Position.Several several ->
                MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(several));
        };
    }

    private static byte[] bytes(Position.Several position) {
        Map<LogId, TreeMap<Integer, Long>> logs = new TreeMap<>();
        position.sequences()
                .forEach((stream, sequence) ->
                        logs.computeIfAbsent(stream.log(), _ -> new TreeMap<>()).put(stream.partition(), sequence));
        ByteBuffer out = ByteBuffer.allocate(16 + position.sequences().size() * STREAM_TOKEN_BYTES_MAX);
        out.put((byte) VERSION);
        varint(out, logs.size());
        logs.forEach((log, partitions) -> {
            out.putLong(log.value().getMostSignificantBits())
                    .putLong(log.value().getLeastSignificantBits());
            varint(out, partitions.size());
            partitions.forEach((partition, sequence) -> {
                varint(out, partition);
                varint(out, sequence);
            });
        });
        out.putInt(crc(out.duplicate().flip()));
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    /**
     * Reads a token where one stream is followed: a sequence is of that stream.
     *
     * @throws MalformedException with what is wrong; the text is for the client
     */
    public static Position parse(String token, StreamId followed) {
        return isDigits(token) ? Position.of(followed, sequence(token)) : parse(token);
    }

    /** Reads a token where several streams are followed, so that a sequence alone says nothing. */
    public static Position parse(String token) {
        if (isDigits(token)) {
            throw new MalformedException("position is the sequence " + shorten(token)
                    + ", which of several partitions is not said: expected" + " a position that a reply gave");
        }
        if (token.isEmpty() || token.charAt(0) != MARK || token.length() > MAX_TOKEN_CHARS) {
            throw new MalformedException(
                    "position is '" + shorten(token) + "': expected a sequence, or a position that a reply gave");
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token.substring(1));
        } catch (IllegalArgumentException e) {
            throw new MalformedException("position '" + shorten(token) + "' is cut or changed: " + e.getMessage());
        }
        Position position = read(token, bytes);
        if (!token(position).equals(token)) {
            throw new MalformedException("position '" + shorten(token) + "' is not in the form in which it was given");
        }
        return position;
    }

    private static Position read(String token, byte[] bytes) {
        if (bytes.length < 2 + CRC_BYTES) {
            throw new MalformedException("position '" + shorten(token) + "' is cut");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, bytes.length - CRC_BYTES);
        if (crc(in.duplicate()) != ByteBuffer.wrap(bytes).getInt(bytes.length - CRC_BYTES)) {
            throw new MalformedException("position '" + shorten(token) + "' is cut or changed: its checksum is wrong");
        }
        int version = in.get();
        if (version != VERSION) {
            throw new MalformedException(
                    "position has version " + version + ", this server knows " + VERSION + " and older ones");
        }
        TreeMap<StreamId, Long> sequences = new TreeMap<>();
        for (long logs = varint(in); logs > 0; logs--) {
            LogId log = new LogId(new UUID(room(in, 16).getLong(), in.getLong()));
            for (long partitions = varint(in); partitions > 0; partitions--) {
                long partition = varint(in);
                if (partition > Integer.MAX_VALUE || sequences.size() == Position.MAX_STREAMS) {
                    throw new MalformedException("position has partition " + partition + " as its stream number "
                            + (sequences.size() + 1) + "; at most " + Position.MAX_STREAMS + " are allowed");
                }
                add(sequences, log, (int) partition, varint(in));
            }
        }
        if (in.hasRemaining()) {
            throw new MalformedException("position has " + in.remaining() + " bytes too many");
        }
        return Position.of(sequences);
    }

    private static boolean isDigits(String token) {
        return !token.isEmpty() && token.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static long sequence(String digits) {
        try {
            if (digits.length() <= MAX_DIGITS) {
                return Long.parseLong(digits);
            }
        } catch (NumberFormatException e) {
            // Of nineteen digits, but more than a long holds.
        }
        throw new MalformedException("sequence " + shorten(digits) + " is more than there can be: " + Long.MAX_VALUE);
    }

    private static ByteBuffer room(ByteBuffer in, int bytes) {
        if (in.remaining() < bytes) {
            throw new MalformedException("position ends too early");
        }
        return in;
    }

    private static void varint(ByteBuffer out, long value) {
        long rest = value;
        while (rest > 0x7f) {
            out.put((byte) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            long next = room(in, 1).get();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedException("position has a number of more than 63 bits");
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static String shorten(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }
}
