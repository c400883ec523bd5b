package io.thalweg.log.journal;

import io.thalweg.model.Checksum;
import io.thalweg.model.ContentHash;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bytes of a segment file, as the package's grammar gives them. Nothing here does I/O. */
public final class SegmentFormat {
    public static final int HEADER_BYTES = 40;
    public static final int FRAME_BYTES = 48;
    public static final int FOOTER_BYTES = 120;
    static final int HASH_BYTES = 32;

    static final int HEADER_MAGIC = 0x47535754; // "TWSG"
    static final int FRAME_MAGIC = 0x52465754; // "TWFR"
    static final int FOOTER_MAGIC = 0x54465754; // "TWFT"

    private static final int VERSION = 1;
    private static final Pattern NAME = Pattern.compile("(\\d{20})(?:-(\\d{4}))?\\.(seg|idx)");

    /** What the name of a file says. */
    public record Name(long base, int generation, boolean segment) {}

    /** The first bytes of a segment. */
    public record Header(long base, int generation, long previous, long salt) {}

    /** The last bytes of a sealed segment. The hashes have {@link #HASH_BYTES} each and must not be changed. */
    public record Footer(
            int contentLength, int frames, long lastIndex, byte[] content, byte[] previous, byte[] chain) {}

    private SegmentFormat() {}

    public static Path segmentFile(Path directory, long base, int generation) {
        return directory.resolve(stem(base, generation) + ".seg");
    }

    public static Path indexFile(Path directory, long base, int generation) {
        return directory.resolve(stem(base, generation) + ".idx");
    }

    private static String stem(long base, int generation) {
        return generation == 0 ? String.format("%020d", base) : String.format("%020d-%04d", base, generation);
    }

    public static @Nullable Name parse(Path file) {
        Matcher matcher = NAME.matcher(String.valueOf(file.getFileName()));
        if (!matcher.matches()) {
            return null;
        }
        int generation = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
        return new Name(
                Long.parseLong(matcher.group(1)), generation, matcher.group(3).equals("seg"));
    }

    public static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    public static ByteBuffer encode(Header header) {
        ByteBuffer bytes = allocate(HEADER_BYTES)
                .putInt(HEADER_MAGIC)
                .putInt(0)
                .putShort((short) VERSION)
                .putShort((short) 0)
                .putInt(header.generation())
                .putLong(header.base())
                .putLong(header.previous())
                .putLong(header.salt());
        return bytes.putInt(4, new Checksum().of(bytes, 8, HEADER_BYTES - 8)).flip();
    }

    /** The header at the start of {@code bytes}; null when they are none. */
    public static @Nullable Header decodeHeader(ByteBuffer bytes) {
        if (bytes.limit() < HEADER_BYTES
                || bytes.getInt(0) != HEADER_MAGIC
                || bytes.getInt(4) != new Checksum().of(bytes, 8, HEADER_BYTES - 8)
                || bytes.getShort(8) != VERSION) {
            return null;
        }
        return new Header(bytes.getLong(16), bytes.getInt(12), bytes.getLong(24), bytes.getLong(32));
    }

    /** Writes a frame's header at {@code at}; the body has to follow it. */
    public static void putFrame(
            ByteBuffer bytes,
            int at,
            long salt,
            int fileOffset,
            long index,
            long term,
            long stampNs,
            int durable,
            int requests,
            int length,
            int bodyChecksum,
            Checksum checksum) {
        bytes.putInt(at, FRAME_MAGIC)
                .putLong(at + 8, index)
                .putLong(at + 16, term)
                .putLong(at + 24, stampNs)
                .putInt(at + 32, durable)
                .putInt(at + 36, requests)
                .putInt(at + 40, length)
                .putInt(at + 44, bodyChecksum)
                .putInt(at + 4, frameChecksum(bytes, at, salt, fileOffset, checksum));
    }

    /** Covers the frame's header, what makes its segment unlike any other, and its place in it. */
    static int frameChecksum(ByteBuffer bytes, int at, long salt, int fileOffset, Checksum checksum) {
        return checksum.start()
                .add(salt)
                .add(fileOffset)
                .add(bytes, at + 8, FRAME_BYTES - 8)
                .value();
    }

    public static ByteBuffer encode(Footer footer, long salt) {
        ByteBuffer bytes = allocate(FOOTER_BYTES)
                .putInt(FOOTER_MAGIC)
                .putInt(0)
                .putInt(footer.contentLength())
                .putInt(footer.frames())
                .putLong(footer.lastIndex())
                .put(footer.content())
                .put(footer.previous())
                .put(footer.chain());
        return bytes.putInt(4, footerChecksum(bytes, salt)).flip();
    }

    /** The footer that fills {@code bytes}; null when they are none. */
    public static @Nullable Footer decodeFooter(ByteBuffer bytes, long salt) {
        if (bytes.limit() != FOOTER_BYTES
                || bytes.getInt(0) != FOOTER_MAGIC
                || bytes.getInt(4) != footerChecksum(bytes, salt)) {
            return null;
        }
        return new Footer(
                bytes.getInt(8),
                bytes.getInt(12),
                bytes.getLong(16),
                hash(bytes, 24),
                hash(bytes, 56),
                hash(bytes, 88));
    }

    private static int footerChecksum(ByteBuffer bytes, long salt) {
        return new Checksum().start().add(salt).add(bytes, 8, FOOTER_BYTES - 8).value();
    }

    /** The chain hash of a segment that has one: of the chain hash before it, and of its content's. */
    static byte[] chain(byte[] previous, byte[] content) {
        MessageDigest digest = ContentHash.begin();
        digest.update(previous);
        return digest.digest(content);
    }

    static byte[] hash(ByteBuffer bytes, int at) {
        byte[] hash = new byte[HASH_BYTES];
        bytes.get(at, hash);
        return hash;
    }
}
