package io.thalweg.log;

import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The index file of a segment that still gets events, written block by block. Apply thread, until it is forced. */
final class TailFile {
    final SegmentIndex index;
    private final Disk.DiskFile file;
    private long end;

    /** A file that has whole blocks up to {@code end}, as loaded by {@link IndexFile#loadIfBegun}. */
    TailFile(SegmentIndex index, Disk.DiskFile file, long end) {
        this.index = index;
        this.file = file;
        this.end = end;
    }

    /** Begins the file anew: what it held before is gone. */
    static TailFile create(Disk disk, SegmentIndex index) throws IOException {
        Disk.DiskFile file = disk.open(index.file.path());
        file.truncate(0);
        TailFile begun = new TailFile(index, file, 0);
        begun.write(index.file.header());
        return begun;
    }

    long end() {
        return end;
    }

    /**
     * Writes what was added to these streams since the last block.
     *
     * @param dirty all streams with new events; sorted here
     * @param lastIndex of the journal, up to which the block reaches
     */
    void writeBlock(List<StreamState> dirty, long lastIndex) throws IOException {
        dirty.sort((a, b) -> a.id.compareTo(b.id));
        List<IndexFile.Run> runs = new ArrayList<>(dirty.size());
        for (StreamState state : dirty) {
            ExtentList extents = state.tailExtents;
            if (extents != null) {
                ExtentList.Columns columns = extents.columns();
                runs.add(new IndexFile.Run(state.id, columns, state.tailFlushed, columns.size()));
                state.tailFlushed = columns.size();
            }
        }
        if (!runs.isEmpty()) {
            write(index.file.block(runs, lastIndex));
        }
    }

    void write(ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        file.write(end, bytes);
        end += length;
    }

    void force() throws IOException {
        file.force();
    }

    void close() throws IOException {
        file.close();
    }
}
