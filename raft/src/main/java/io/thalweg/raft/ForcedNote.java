package io.thalweg.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Says up to which entry a member's Raft log has been forced, so that a start can tell what was torn before anybody heard of it from what
 * is lost. It is written before a member acknowledges to its leader and before it answers for what it applied, which costs a
 * microsecond, and forced twice a second. A process that is killed leaves it exact. A loss of power may leave one that is up
 * to half a second older; what an honest disk tears then was not forced, whatever the note says. It may say too much for a moment, when a new leader
 * has taken back what was never committed; then a member asks to be made whole that is, which harms nobody.
 *
 * <pre>
 * forced = place zero* place                       the second at 4096, so that one torn sector cannot take both
 * place  = "TWRF" u32, CRC-32C of the rest u32, number i64, index i64     little-endian; the higher number counts
 * </pre>
 *
 * <p>Thread-safe.
 */
final class ForcedNote implements AutoCloseable {
    static final String NAME = "forced";

    private static final int MAGIC = 0x46525754; // "TWRF"
    private static final int PLACE_BYTES = 4 + 4 + 8 + 8;
    private static final int DISTANCE = 4096;

    private record Place(long number, long index) {}

    private final FileChannel file;
    private long number;
    private volatile long index;
    private volatile long forcedIndex;
    private boolean closed;

    private ForcedNote(FileChannel file, @Nullable Place newest) {
        this.file = file;
        number = newest == null ? 0 : newest.number;
        index = newest == null ? -1 : newest.index;
        forcedIndex = index;
    }

    /** @param directory of a shard's group */
    static ForcedNote open(Path directory) throws IOException {
        @Nullable Place newest = newest(directory);
        return new ForcedNote(
                FileChannel.open(directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE), newest);
    }

    /** What the note says; empty when there is none that is whole, as beside a log that an older program wrote. */
    static OptionalLong read(Path directory) throws IOException {
        @Nullable Place newest = newest(directory);
        return newest == null ? OptionalLong.empty() : OptionalLong.of(newest.index);
    }

    private static @Nullable Place newest(Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        if (!Files.exists(path)) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.allocate(DISTANCE + PLACE_BYTES);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
                Thread.onSpinWait();
            }
        }
        @Nullable Place first = place(bytes, 0);
        @Nullable Place second = place(bytes, DISTANCE);
        return first == null || (second != null && second.number > first.number) ? second : first;
    }

    private static @Nullable Place place(ByteBuffer bytes, int at) {
        if (bytes.position() < at + PLACE_BYTES) {
            return null;
        }
        ByteBuffer place = bytes.slice(at, PLACE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return place.getInt(0) == MAGIC && place.getInt(4) == checksum(place)
                ? new Place(place.getLong(8), place.getLong(16))
                : null;
    }

    private static int checksum(ByteBuffer place) {
        CRC32C crc = new CRC32C();
        crc.update(place.slice(8, PLACE_BYTES - 8));
        return (int) crc.getValue();
    }

    /**
     * The log is forced up to somewhere: nothing is written when the note says so already.
     *
     * @param flushed up to where; asked again by whoever writes, alone, so that what another noted meanwhile is not taken back
     */
    void reached(LongSupplier flushed) throws IOException {
        if (flushed.getAsLong() == index) {
            return;
        }
        synchronized (this) {
            long forced = flushed.getAsLong();
            if (forced == index || closed) {
                return;
            }
            ByteBuffer place = ByteBuffer.allocate(PLACE_BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(0, MAGIC)
                    .putLong(8, ++number)
                    .putLong(16, forced);
            place.putInt(4, checksum(place));
            long at = (number & 1) * DISTANCE;
            while (place.hasRemaining()) {
                at += file.write(place, at);
            }
            index = forced;
        }
    }

    /** Makes what was noted by now survive a loss of power. Blocks as long as the disk does; costs nothing when it is so already. */
    void force() throws IOException {
        long noted = index;
        if (noted != forcedIndex) {
            file.force(false);
            forcedIndex = noted;
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        file.close();
    }
}
