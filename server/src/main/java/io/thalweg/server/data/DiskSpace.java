package io.thalweg.server.data;

import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether there is room for more where the data directory lies. Below the mark new writes are refused while there is still room for what must go on:
 * the end of what is under way, snapshots, deletions, and the log of it all. It takes a little more than the mark to be taken for enough again, so that
 * what frees a little is not used up at once and refused again. Thread-safe.
 */
public final class DiskSpace {
    private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);

    /** Above the mark, at most. */
    private static final long AGAIN_BYTES_MAX = 64L << 20;

    private final Measure measure;
    private final Path data;
    private final long freeBytesMin;
    private volatile long usableBytes = Long.MAX_VALUE;
    private volatile boolean full;

    /** Where it looks. */
    @FunctionalInterface
    interface Measure {
        /** Bytes that may still be written. */
        long usableBytes() throws IOException;
    }

    /** @param freeBytesMin the mark; with 0 nothing is refused before the disk itself does */
    public DiskSpace(Disk disk, Path data, long freeBytesMin) {
        this(() -> disk.usableBytes(data), data, freeBytesMin);
    }

    DiskSpace(Measure measure, Path data, long freeBytesMin) {
        this.measure = measure;
        this.data = data;
        this.freeBytesMin = freeBytesMin;
    }

    /** Looks again. What cannot be measured is as it was. */
    public synchronized void measure() {
        try {
            usableBytes = measure.usableBytes();
        } catch (IOException e) {
            LOG.warn("how much room is left for {} cannot be known: {}", data, e.getMessage());
            return;
        }
        long enough = full ? freeBytesMin + Math.min(freeBytesMin / 8, AGAIN_BYTES_MAX) : freeBytesMin;
        boolean now = usableBytes < enough;
        if (now && !full) {
            LOG.error(
                    "{} bytes are left where {} lies, less than disk.free_min, {}: what would store more is refused",
                    usableBytes,
                    data,
                    freeBytesMin);
        } else if (!now && full) {
            LOG.info("{} bytes are left where {} lies: writes are taken again", usableBytes, data);
        }
        full = now;
    }

    /** As of the last look. */
    public boolean isFull() {
        return full;
    }

    /** As of the last look, in words for an operator. */
    public String words() {
        return "the disk is nearly full (" + usableBytes + " bytes are left, disk.free_min is " + freeBytesMin
                + "): what would store more is refused";
    }
}
