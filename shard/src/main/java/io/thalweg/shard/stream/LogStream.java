package io.thalweg.shard.stream;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the replicated state knows of one stream. Changed by the apply thread; other threads see what was published. */
final class LogStream {

    /** The state as of the end of an entry. */
    record View(StreamStats stats, StreamMarks marks, StreamSplits splits) {}

    final StreamId id;
    final TenantId tenant;
    final long createdNs;
    long first = 1;
    long head;
    long trimmedBytes;
    long appendedBytes;
    long firstAppendNs;
    long lastAppendNs;
    StreamMarks marks = StreamMarks.NONE;
    StreamSplits splits = StreamSplits.WHOLE;

    /** Whether the apply thread changed something since the last {@link #publish}. */
    boolean changed;

    private volatile @Nullable View published;

    LogStream(StreamId id, TenantId tenant, long createdNs) {
        this.id = id;
        this.tenant = tenant;
        this.createdNs = createdNs;
    }

    void append(int count, int bytes, long timestampNs) {
        marks = marks.with(head + 1, appendedBytes, timestampNs);
        if (firstAppendNs == 0) {
            firstAppendNs = timestampNs;
        }
        lastAppendNs = timestampNs + count - 1;
        head += count;
        appendedBytes += bytes;
    }

    /** Returns how many bytes went. */
    long trim(long firstSequence) {
        long before = trimmedBytes;
        // Interpolation may be off between marks, but never goes back.
        trimmedBytes = Math.max(before, marks.bytesBefore(firstSequence, head, appendedBytes));
        first = firstSequence;
        marks = marks.from(firstSequence);
        return trimmedBytes - before;
    }

    long keptBytes() {
        return appendedBytes - trimmedBytes;
    }

    void publish() {
        changed = false;
        published = new View(
                new StreamStats(
                        id, tenant, createdNs, first, head, keptBytes(), appendedBytes, firstAppendNs, lastAppendNs),
                marks,
                splits);
    }

    /** Null until the entry that created the stream is applied in whole. */
    @Nullable
    View published() {
        return published;
    }

    /** What writes the stream as it is now, on any thread. */
    Consumer<BinaryWriter> capture() {
        long[] numbers = {createdNs, first, head, trimmedBytes, appendedBytes, firstAppendNs, lastAppendNs};
        StreamMarks captured = marks;
        StreamSplits its = splits;
        return out -> {
            out.uuid(id.log().value()).i32(id.partition()).uuid(tenant.value());
            for (long number : numbers) {
                out.i64(number);
            }
            captured.save(out);
            its.save(out);
        };
    }

    /** @param split whether the form has splits */
    static LogStream load(BinaryReader in, boolean split) {
        LogId log = new LogId(in.uuid());
        int partition = in.i32();
        if (partition < 0) {
            throw new MalformedException("partition " + partition + " is negative");
        }
        LogStream state = new LogStream(new StreamId(log, partition), new TenantId(in.uuid()), in.i64());
        state.first = in.i64();
        state.head = in.i64();
        state.trimmedBytes = in.i64();
        state.appendedBytes = in.i64();
        state.firstAppendNs = in.i64();
        state.lastAppendNs = in.i64();
        state.marks = StreamMarks.load(in);
        state.splits = split ? StreamSplits.load(in) : StreamSplits.WHOLE;
        if (state.first < 1 || state.head < 0 || state.first > state.head + 1 || state.keptBytes() < 0) {
            throw new MalformedException("stream " + state.id + " has first " + state.first + ", head " + state.head
                    + " and " + state.keptBytes() + " bytes");
        }
        return state;
    }
}
