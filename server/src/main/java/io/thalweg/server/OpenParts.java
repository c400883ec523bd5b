package io.thalweg.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was opened, to be closed in reverse order. Thread-safe. */
final class OpenParts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenParts.class);

    private final Deque<Part> parts = new ArrayDeque<>();

    private record Part(String name, AutoCloseable closing) {}

    /** Notes that something was opened. */
    synchronized <T extends AutoCloseable> T opened(String name, T part) {
        parts.push(new Part(name, part));
        return part;
    }

    /** Closes one of them, if it is still open. */
    synchronized void close(AutoCloseable part) {
        for (Part each : List.copyOf(parts)) {
            if (each.closing.equals(part)) {
                parts.remove(each);
                close(each);
            }
        }
    }

    private static void close(Part part) {
        try {
            part.closing.close();
        } catch (Exception e) {
            LOG.error("Closing {} failed", part.name, e);
        }
    }

    /** Closes everything, whatever fails meanwhile. More than one call does no harm. */
    @Override
    public synchronized void close() {
        while (!parts.isEmpty()) {
            close(parts.pop());
        }
    }
}
