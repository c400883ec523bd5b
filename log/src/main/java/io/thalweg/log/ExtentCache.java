package io.thalweg.log;

import io.thalweg.model.StreamId;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;

/**
 * Keeps the extents of finished segments in memory as long as they fit, those used longest ago going first. Extents that a
 * reader holds stay with it. Thread-safe; one segment is read by one thread while others that need it wait.
 */
final class ExtentCache {
    private static final int STREAM_BYTES = 200;

    private final Disk disk;
    private final long bytesMax;

    /** In the order of their last use, with the bytes that each takes. Guarded by itself. */
    private final Map<SegmentIndex, Long> admitted = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;

    ExtentCache(Disk disk, long bytesMax) {
        this.disk = disk;
        this.bytesMax = bytesMax;
    }

    SortedMap<StreamId, ExtentList> extents(SegmentIndex index) throws IOException {
        SortedMap<StreamId, ExtentList> known = index.extents;
        if (known != null) {
            touch(index);
            return known;
        }
        synchronized (index.file) {
            known = index.extents;
            if (known == null) {
                known = index.file.loadFinished(disk).extents();
                index.extents = known;
                admit(index);
            }
            return known;
        }
    }

    private void touch(SegmentIndex index) {
        if (index.finished) {
            synchronized (admitted) {
                var _ = admitted.get(index);
            }
        }
    }

    /** Counts a segment whose extents are in memory, and lets others go if it is too much. */
    void admit(SegmentIndex index) {
        SortedMap<StreamId, ExtentList> extents = index.extents;
        if (extents == null) {
            return;
        }
        long size = 0;
        for (ExtentList list : extents.values()) {
            size += STREAM_BYTES + (long) ExtentList.EXTENT_BYTES * list.size();
        }
        synchronized (admitted) {
            Long before = admitted.put(index, size);
            bytes += size - (before == null ? 0 : before);
            Iterator<Map.Entry<SegmentIndex, Long>> oldest = admitted.entrySet().iterator();
            while (bytes > bytesMax && admitted.size() > 1) {
                Map.Entry<SegmentIndex, Long> entry = oldest.next();
                if (entry.getKey().equals(index)) {
                    break;
                }
                entry.getKey().extents = null;
                bytes -= entry.getValue();
                oldest.remove();
            }
        }
    }

    void forget(SegmentIndex index) {
        synchronized (admitted) {
            Long size = admitted.remove(index);
            bytes -= size == null ? 0 : size;
        }
    }
}
