package io.thalweg.view.host;

import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.log.PayloadBatch;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** One stream in a list; every other stream is empty. */
final class ListEvents implements EventReader {
    private final StreamId stream;
    private final List<byte[]> payloads = new ArrayList<>(); // guarded by this
    private long first = 1; // guarded by this
    private @Nullable RuntimeException fault; // guarded by this

    ListEvents(StreamId stream) {
        this.stream = stream;
    }

    synchronized long append(String... texts) {
        for (String text : texts) {
            payloads.add(text.getBytes(StandardCharsets.UTF_8));
        }
        notifyAll();
        return payloads.size();
    }

    synchronized void trim(long first) {
        this.first = first;
    }

    /** Every read throws this, until null. */
    synchronized void fail(@Nullable RuntimeException fault) {
        this.fault = fault;
    }

    synchronized List<String> all() {
        return payloads.stream().map(p -> new String(p, StandardCharsets.UTF_8)).toList();
    }

    @Override
    public synchronized long head(StreamId asked) {
        return asked.equals(stream) ? payloads.size() : 0;
    }

    @Override
    public synchronized long first(StreamId asked) {
        return asked.equals(stream) ? first : 1;
    }

    @Override
    public synchronized EventBatch read(StreamId asked, long fromSequence, int maxEvents, int maxBytes) {
        if (fault != null) {
            throw fault;
        }
        if (fromSequence < first) {
            throw new ThalwegException(ErrorCode.SEQUENCE_GONE, "first is " + first);
        }
        int from = (int) fromSequence - 1;
        int to = Math.min(payloads.size(), from + maxEvents);
        List<byte[]> read = List.copyOf(payloads.subList(Math.min(from, to), to));
        return new PayloadBatch(
                fromSequence,
                null,
                read,
                LongStream.range(0, read.size())
                        .mapToObj(i -> 1_000_000 * (fromSequence + i))
                        .toList());
    }

    @Override
    public synchronized boolean await(StreamId asked, long sequence, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (head(asked) < sequence) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }
}
