package io.thalweg.log.journal;

import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Says up to where the newest segment has been forced. Frames that were forced together cannot vouch for each other, and the
 * last group has no frame behind it that could: this note does. It is written after each force, before anything is acknowledged,
 * and never forced itself, which costs a microsecond. A process that is killed leaves it as it is, so that a wrong byte below it
 * is damage and not a torn tail. A loss of power may leave an older note: then some damage in the last group looks like a torn
 * tail, as without it. It never says too much, because it is taken back, durably, before anything is cut.
 *
 * <p>Two places are written in turn, so that one of them is always whole. One thread at a time.
 */
public final class ForcedNote implements AutoCloseable {
    public static final String NAME = "FORCED";

    private static final int MAGIC = 0x4e465754; // "TWFN"
    private static final int SLOT_BYTES = 40;
    /** Apart, so that one torn sector cannot take both. */
    private static final int SLOT_DISTANCE = 4096;

    /**
     * What the note says.
     *
     * @param base the segment; -1 when nothing counts as forced
     * @param salt of that segment
     * @param end where its forced frames end
     */
    record Forced(long number, long base, long salt, int end) {}

    private final Disk.DiskFile file;
    private long number;

    private ForcedNote(Disk.DiskFile file, long number) {
        this.file = file;
        this.number = number;
    }

    static ForcedNote open(Disk disk, Path directory) throws IOException {
        Forced newest = read(disk, directory);
        return new ForcedNote(disk.open(directory.resolve(NAME)), newest == null ? 0 : newest.number);
    }

    /** The newest whole note; null when there is none, as in a journal that an older program wrote. Changes nothing. */
    public static @Nullable Forced read(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        if (!disk.exists(path)) {
            return null;
        }
        ByteBuffer bytes = SegmentFormat.allocate(SLOT_DISTANCE + SLOT_BYTES);
        try (Disk.DiskFile file = disk.open(path)) {
            var _ = file.read(0, bytes);
        }
        Forced first = decode(bytes, 0);
        Forced second = decode(bytes, SLOT_DISTANCE);
        return first == null || (second != null && second.number > first.number) ? second : first;
    }

    private static @Nullable Forced decode(ByteBuffer bytes, int at) {
        if (bytes.getInt(at) != MAGIC || bytes.getInt(at + 4) != checksum(bytes, at)) {
            return null;
        }
        return new Forced(bytes.getLong(at + 8), bytes.getLong(at + 16), bytes.getLong(at + 24), bytes.getInt(at + 32));
    }

    private static int checksum(ByteBuffer bytes, int at) {
        return new Checksum().of(bytes, at + 8, SLOT_BYTES - 8);
    }

    /** Notes that the frames of a segment have been forced up to {@code end}. */
    void write(long base, long salt, int end) throws IOException {
        number++;
        ByteBuffer slot = SegmentFormat.allocate(SLOT_BYTES)
                .putInt(0, MAGIC)
                .putLong(8, number)
                .putLong(16, base)
                .putLong(24, salt)
                .putInt(32, end);
        slot.putInt(4, checksum(slot, 0));
        file.write((number & 1) * SLOT_DISTANCE, slot);
    }

    /** Takes back what was said, durably: something is going to be cut. */
    void takeBack() throws IOException {
        // Both places, or the older would count again.
        write(-1, 0, 0);
        write(-1, 0, 0);
        file.force();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
