package io.thalweg.client;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Where nodes are, any of which takes any call: one is asked until it does not answer, then the next one. Thread-safe. */
final class NodeAddresses {
    private final List<String> bases;
    private final AtomicInteger at = new AtomicInteger();

    NodeAddresses(List<URI> urls) {
        if (urls.isEmpty()) {
            throw new IllegalArgumentException("there is no address of a node");
        }
        List<String> texts = new ArrayList<>();
        for (URI url : urls) {
            String text = url.toString();
            texts.add(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        }
        this.bases = List.copyOf(texts);
    }

    int count() {
        return bases.size();
    }

    /** Without a slash at its end. */
    String current() {
        return bases.get(at.get());
    }

    /** This one does not answer: the next one is asked from now on, if nobody has gone on to it already. */
    void leave(String base) {
        int now = at.get();
        if (bases.get(now).equals(base)) {
            at.compareAndSet(now, (now + 1) % bases.size());
        }
    }
}
