package io.thalweg.bench.load;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;

/**
 * Has several events under way: each call hands one over, and waits for the oldest once the window is full. What is still under way at the end
 * is waited for and not counted.
 */
public final class WindowSender implements Sender {
    private final int window;
    private final Appends appends;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private long handedOverNs;

    /** The system's own client. */
    public interface Appends {
        /** Hands one event over; the answer comes when it is acknowledged. */
        Future<?> append() throws Exception;

        void close() throws IOException;
    }

    private record Pending(Future<?> answer, long sinceNs) {}

    public WindowSender(int window, Appends appends) {
        this.window = window;
        this.appends = appends;
    }

    @Override
    public void send() throws Exception {
        long now = System.nanoTime();
        pending.add(new Pending(appends.append(), now));
        handedOverNs = now;
        if (pending.size() > window) {
            Pending oldest = pending.removeFirst();
            oldest.answer.get();
            handedOverNs = oldest.sinceNs;
        }
    }

    @Override
    public long handedOverNs(long startNs) {
        return handedOverNs;
    }

    @Override
    public void close() throws IOException {
        appends.close();
    }
}
