package io.thalweg.log;

import io.thalweg.log.journal.Segment;
import io.thalweg.model.StreamId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The index of one generation of one segment: its file, which parts of streams it holds, and their extents while they are in
 * memory.
 */
final class SegmentIndex {
    final Segment segment;
    final IndexFile file;

    /** What the segment holds of each stream. Guarded by this object. */
    private final List<Part> parts = new ArrayList<>();

    /** Null when they have to be read from the file. Only the cache takes them away. */
    volatile @Nullable SortedMap<StreamId, ExtentList> extents;

    /** True when no events will be added any more, and the file has its summary durably. */
    volatile boolean finished;

    SegmentIndex(Segment segment, IndexFile file) {
        this.segment = segment;
        this.file = file;
    }

    long base() {
        return segment.base();
    }

    synchronized void add(Part part) {
        parts.add(part);
    }

    synchronized List<Part> parts() {
        return List.copyOf(parts);
    }
}
