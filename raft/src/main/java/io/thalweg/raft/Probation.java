package io.thalweg.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * A member that lost something it may have acknowledged does not vote, and is no candidate, until the others have made it whole:
 * until it has applied an entry of a term that is later than any it had taken part in. That term's leader counts only what the member
 * acknowledges from then on, and its first entry stands behind all that was ever committed before; whoever has applied it has everything.
 *
 * <p>So that this need not wait for the next fault, a member that has caught up asks the leader to let another lead ({@link
 * Copies#renew}).
 *
 * <p>The mark is a file beside the log, durable before anything is cut:
 *
 * <pre>
 * probation = "TWPB" u32, term i64, CRC-32C of the term u32         little-endian; the newest term that the member may have taken part in
 * </pre>
 *
 * An older program wrote none that has a checksum.
 */
final class Probation {
    private static final int MAGIC = 0x42505754; // "TWPB"
    private static final int OLDER_BYTES = 4 + 8;
    private static final int BYTES = OLDER_BYTES + 4;

    private final Path directory;
    private final Path file;

    /** @param directory of a shard's group */
    Probation(Path directory) {
        this.directory = directory;
        file = directory.resolve("probation");
    }

    /** From now on the member is on probation, or still is. */
    void begin(long term) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(MAGIC).putLong(Math.max(term, term().orElse(0)));
        bytes.putInt(checksum(bytes)).flip();
        Path fresh = file.resolveSibling("probation.new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        RaftDirectory.force(directory);
    }

    /** The term that the member must see the end of; empty when it is not on probation. */
    OptionalLong term() throws IOException {
        if (!Files.exists(file)) {
            return OptionalLong.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        // A damaged mark is a mark, of which no term is the end.
        boolean isWhole = bytes.remaining() == OLDER_BYTES
                || (bytes.remaining() == BYTES && bytes.getInt(OLDER_BYTES) == checksum(bytes));
        return OptionalLong.of(isWhole && bytes.getInt(0) == MAGIC ? bytes.getLong(4) : Long.MAX_VALUE - 1);
    }

    private static int checksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(4, 8));
        return (int) crc.getValue();
    }

    /** The member is whole. */
    void end() throws IOException {
        Files.deleteIfExists(file);
    }
}
