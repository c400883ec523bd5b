package io.thalweg.server.slab;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Those who dialled in and have not proved themselves. They take no place of a slab: there are places of their own for them, few for each address, and
 * who comes when they are taken takes that of the one who has been greeting for the longest, at his own address if that is full. So whoever opens
 * connections and says nothing hinders those at his own address for as long as he opens them faster than a greeting takes, and nobody else.
 *
 * @param <T> a connection
 */
final class Strangers<T> {
    private final int most;
    private final int mostOfAddress;
    private final Map<String, Deque<T>> byAddress = new LinkedHashMap<>();
    private int size;

    /** @param mostOfAddress of one address, at most {@code most} */
    Strangers(int most, int mostOfAddress) {
        this.most = most;
        this.mostOfAddress = mostOfAddress;
    }

    /** One came; the one who has to go for it, or null. */
    synchronized @Nullable T came(String address, T stranger) {
        Deque<T> own = byAddress.computeIfAbsent(address, _ -> new ArrayDeque<>());
        T goes = null;
        if (own.size() >= mostOfAddress) {
            goes = own.pollFirst();
        } else if (size >= most) {
            goes = ofTheMany().pollFirst();
        }
        if (goes == null) {
            size++;
        }
        own.addLast(stranger);
        byAddress.values().removeIf(Deque::isEmpty);
        return goes;
    }

    /** Those of the address that has most. */
    private Deque<T> ofTheMany() {
        Deque<T> many = new ArrayDeque<>();
        for (Deque<T> each : byAddress.values()) {
            many = each.size() > many.size() ? each : many;
        }
        return many;
    }

    /** One is no stranger any more, or gone. */
    synchronized void left(T stranger) {
        for (Deque<T> each : byAddress.values()) {
            if (each.remove(stranger)) {
                size--;
                break;
            }
        }
        byAddress.values().removeIf(Deque::isEmpty);
    }

    synchronized List<T> all() {
        return byAddress.values().stream().flatMap(Deque::stream).toList();
    }

    synchronized int size() {
        return size;
    }
}
