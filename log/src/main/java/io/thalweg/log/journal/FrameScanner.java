package io.thalweg.log.journal;

import static io.thalweg.log.journal.SegmentFormat.FRAME_BYTES;
import static io.thalweg.log.journal.SegmentFormat.FRAME_MAGIC;

import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Walks the frames of a segment in the order of the file, in large reads, and checks each of them. What a broken frame means
 * is for the caller to say: it depends on where it is. One thread at a time.
 */
public final class FrameScanner {
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int BLOCK_BYTES = Disk.DiskFile.ALIGNMENT;

    /** What stands at the place that the scanner came to. */
    public enum Found {
        /** A whole frame; the accessors speak of it. */
        FRAME,
        /** Nothing: the range ends here. */
        END,
        /** Nothing but zeros up to the end of the range. */
        ZEROS,
        /** Something that is no whole frame; {@link #reason} says why. */
        BROKEN
    }

    private final Disk.DiskFile file;
    private final long salt;
    private final long end;
    private final Checksum checksum = new Checksum();
    private ByteBuffer window;
    private long windowStart;
    private int windowBytes;

    private long offset;
    private long next;
    private int at;
    private long lastIndex;
    private String reason = "";

    /** Scans {@code from} to {@code end}; indexes must be above {@code lastIndex}. */
    public FrameScanner(Disk.DiskFile file, long salt, long from, long end, long lastIndex) {
        this.file = file;
        this.salt = salt;
        this.end = end;
        this.next = from;
        this.offset = from;
        this.lastIndex = lastIndex;
        this.window = allocate((int) Math.max(FRAME_BYTES, Math.min(WINDOW_BYTES, end - from)));
    }

    public Found step() throws IOException {
        offset = next;
        if (offset >= end) {
            return Found.END;
        }
        if (end - offset < FRAME_BYTES) {
            return isZero(offset, end) ? Found.ZEROS : broken((end - offset) + " bytes are left, too few for a frame");
        }
        at = load(offset, FRAME_BYTES);
        int magic = window.getInt(at);
        if (magic != FRAME_MAGIC) {
            return magic == 0 && isZero(offset, end) ? Found.ZEROS : broken("no frame begins here");
        }
        if (window.getInt(at + 4) != SegmentFormat.frameChecksum(window, at, salt, (int) offset, checksum)) {
            return broken("the frame's header has a wrong checksum");
        }
        int length = length();
        if (length < 0 || length > Journal.MAX_BODY_BYTES || length > end - offset - FRAME_BYTES) {
            return broken("the frame's body of " + length + " bytes leaves the file");
        }
        if (index() <= lastIndex) {
            return broken("index " + index() + " follows index " + lastIndex);
        }
        at = load(offset, FRAME_BYTES + length);
        if (checksum.of(window, at + FRAME_BYTES, length) != bodyChecksum()) {
            return broken("the body of entry " + index() + " has a wrong checksum");
        }
        lastIndex = index();
        next = offset + FRAME_BYTES + length;
        return Found.FRAME;
    }

    private Found broken(String why) {
        reason = why;
        return Found.BROKEN;
    }

    /** Room for so many bytes from anywhere in a block on. */
    private static ByteBuffer allocate(int bytes) {
        return SegmentFormat.allocate((int) whole(bytes + BLOCK_BYTES));
    }

    private static long whole(long bytes) {
        return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    }

    /** Where in the window the bytes from {@code position} on stand; reads them if they are not there. */
    private int load(long position, int length) throws IOException {
        if (position < windowStart || position + length > windowStart + windowBytes) {
            if (window.capacity() < length + BLOCK_BYTES) {
                window = allocate(length);
            }
            windowStart = position - position % BLOCK_BYTES;
            long left = end - windowStart;
            window.clear().limit((int) Math.min(window.capacity(), whole(left)));
            int count = file.read(windowStart, window);
            windowBytes = (int) Math.min(count, left);
            if (position + length > windowStart + windowBytes) {
                throw new IOException("the file ends within " + length + " bytes at offset " + position);
            }
            window.clear();
        }
        return (int) (position - windowStart);
    }

    private boolean isZero(long from, long to) throws IOException {
        long position = from;
        while (position < to) {
            int bytes = (int) Math.min(to - position, 64 << 10);
            int start = load(position, bytes);
            for (int i = start; i < start + bytes; i++) {
                if (window.get(i) != 0) {
                    return false;
                }
            }
            position += bytes;
        }
        return true;
    }

    /**
     * Whether a frame behind {@code position} proves that everything up to and including {@code position} had once been
     * forced, so that damage there cannot come from a crash.
     */
    public boolean provenDurable(long position) throws IOException {
        for (long from = position + 1; from + FRAME_BYTES <= end; ) {
            int bytes = (int) Math.min(end - from, WINDOW_BYTES);
            int start = load(from, bytes);
            for (int i = start; i + FRAME_BYTES <= start + bytes; i++) {
                long fileOffset = windowStart + i;
                if (window.getInt(i) == FRAME_MAGIC
                        && window.getInt(i + 4)
                                == SegmentFormat.frameChecksum(window, i, salt, (int) fileOffset, checksum)
                        && window.getInt(i + 32) > position) {
                    return true;
                }
            }
            from += bytes - FRAME_BYTES + 1;
        }
        return false;
    }

    public String reason() {
        return reason;
    }

    /** Where in the file the current frame begins, or what is no frame. */
    public long offset() {
        return offset;
    }

    /** Where the current frame ends. */
    public long nextOffset() {
        return next;
    }

    public long index() {
        return window.getLong(at + 8);
    }

    public long term() {
        return window.getLong(at + 16);
    }

    public long stampNs() {
        return window.getLong(at + 24);
    }

    /** How many bytes of the segment had been forced when the frame was written. */
    int durable() {
        return window.getInt(at + 32);
    }

    int requests() {
        return window.getInt(at + 36);
    }

    int length() {
        return window.getInt(at + 40);
    }

    int bodyChecksum() {
        return window.getInt(at + 44);
    }

    /** The body; valid until the next step. */
    public ByteBuffer body() {
        return window.slice(at + FRAME_BYTES, length()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Header and body; valid until the next step. */
    public ByteBuffer bytes() {
        return window.slice(at, FRAME_BYTES + length());
    }
}
