package io.thalweg.client;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** One request: what several callers want created, one after another. */
record Batch(List<Waiting> parts, int count) {
    static final int EVENT_BYTES = 128;

    /** Most events of one request. */
    static final int EVENTS_MAX = 8190;

    /**
     * Takes from the head of a queue what may share a request, in order: events of one kind, imports with imports only, and
     * nothing behind a chain that its caller left open, which would otherwise go on with another caller's events.
     *
     * @param waiting not empty
     */
    static Batch takeFrom(ArrayDeque<Waiting> waiting) {
        List<Waiting> parts = new ArrayList<>();
        Waiting first = waiting.getFirst();
        int count = 0;
        boolean open = false;
        for (Waiting next = first;
                next != null
                        && !open
                        && next.kind == first.kind
                        && next.imports() == first.imports()
                        && count + next.count() <= EVENTS_MAX;
                next = waiting.peekFirst()) {
            parts.add(waiting.removeFirst());
            count += next.count();
            open = next.endsOpen();
        }
        return new Batch(parts, count);
    }

    Kind kind() {
        return parts.get(0).kind;
    }

    byte[] body() {
        ByteBuffer body = ByteBuffer.allocate(count * EVENT_BYTES);
        parts.forEach(part -> body.put(part.events.duplicate()));
        return body.array();
    }

    /** When nobody waits for it any more; in terms of {@link System#nanoTime}. */
    long deadlineNs() {
        long latest = parts.get(0).deadlineNs;
        for (Waiting part : parts) {
            latest = part.deadlineNs - latest > 0 ? part.deadlineNs : latest;
        }
        return latest;
    }

    /** Gives each caller its own results. */
    void share(List<CreateResult> results) {
        int at = 0;
        for (Waiting part : parts) {
            part.future.complete(List.copyOf(results.subList(at, at + part.count())));
            at += part.count();
        }
    }
}
