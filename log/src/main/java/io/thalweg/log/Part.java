package io.thalweg.log;

/** What one segment holds of one stream: consecutive sequences. Changed by the apply thread while its segment is the newest. */
final class Part {
    final StreamState stream;
    final SegmentIndex index;
    final long firstSequence;
    final long firstTimestampNs;

    volatile long lastSequence;

    // Changed only before lastSequence, and read after it:
    long lastTimestampNs;
    long bytes;

    Part(StreamState stream, SegmentIndex index, IndexFile.Share share) {
        this.stream = stream;
        this.index = index;
        this.firstSequence = share.firstSequence();
        this.firstTimestampNs = share.firstTimestampNs();
        this.lastTimestampNs = share.lastTimestampNs();
        this.bytes = share.bytes();
        this.lastSequence = share.lastSequence();
    }

    void grow(int moreBytes, long newLastTimestampNs, long newLastSequence) {
        bytes += moreBytes;
        lastTimestampNs = newLastTimestampNs;
        lastSequence = newLastSequence;
    }

    /** Bytes of the events from {@code first} on; where that lies within the part, in proportion to the events. */
    long bytesFrom(long first) {
        long last = lastSequence;
        if (first > last) {
            return 0;
        }
        if (first <= firstSequence) {
            return bytes;
        }
        return (long) ((double) bytes * (last - first + 1) / (last - firstSequence + 1));
    }
}
