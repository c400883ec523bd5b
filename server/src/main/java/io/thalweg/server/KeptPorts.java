package io.thalweg.server;

import io.thalweg.server.config.HostPort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ports that a node took where its configuration leaves them open (port 0), so that its next life in this process is found where the last one was. Told
 * apart by the order in which they are taken, which is the same in each life. Thread-safe.
 */
final class KeptPorts {
    private final Map<HostPort, List<Integer>> kept = new HashMap<>();
    private final Map<HostPort, Integer> taken = new HashMap<>();

    /** Another life begins. */
    synchronized void begin() {
        taken.clear();
    }

    /** What the next one of an address was the last time; 0 when there was none. */
    synchronized int last(HostPort open) {
        List<Integer> before = kept.getOrDefault(open, List.of());
        int next = taken.getOrDefault(open, 0);
        return next < before.size() ? before.get(next) : 0;
    }

    /** The next one of an address is this. */
    synchronized void took(HostPort open, int port) {
        List<Integer> all = kept.computeIfAbsent(open, _ -> new ArrayList<>());
        int next = taken.merge(open, 1, Integer::sum) - 1;
        if (next < all.size()) {
            all.set(next, port);
        } else {
            all.add(port);
        }
    }
}
