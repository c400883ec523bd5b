package io.thalweg.view.java;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Streams in memory, which outlive the partitions that crash above them. */
public final class MemoryStreams implements Streams {
    private final Map<String, List<Event>> streams = new HashMap<>(); // guarded by this

    private List<Event> stream(String name) {
        return streams.computeIfAbsent(name, _ -> new ArrayList<>());
    }

    @Override
    public synchronized List<Event> read(String name, long after, int max) {
        List<Event> events = stream(name);
        int from = (int) Math.min(after, events.size());
        return List.copyOf(events.subList(from, (int) Math.min(events.size(), (long) from + max)));
    }

    @Override
    public synchronized long newest(String name) {
        return stream(name).size();
    }

    @Override
    public synchronized boolean append(String conditional, long expected, List<Append> appends) {
        if (newest(conditional) != expected) {
            return false;
        }
        for (Append append : appends) {
            List<Event> events = stream(append.stream());
            events.add(new Event(events.size() + 1L, append.key(), append.payload()));
        }
        return true;
    }
}
