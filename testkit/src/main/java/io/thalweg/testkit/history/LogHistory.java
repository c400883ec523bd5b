package io.thalweg.testkit.history;

import io.thalweg.testkit.history.Violation.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What clients did with one stream. Each event has a name that no other has (its payload, or a number in it), by which it is found again.
 *
 * <p>Recording is thread-safe; {@link #check} comes when nobody records any more. Memory grows with the history, about a hundred bytes
 * for an event.
 */
public final class LogHistory {
    /** One append: what was asked for, and what became of it. Whoever began it says how it ended, once. */
    public static final class Append {
        private final String client;
        private final List<String> events;
        private final long begunNs;
        private long endedNs = RealTime.NEVER;
        private Outcome outcome = Outcome.UNKNOWN;
        private long firstSequence;

        private Append(String client, List<String> events, long begunNs) {
            this.client = client;
            this.events = List.copyOf(events);
            this.begunNs = begunNs;
        }

        /** It was answered: its events stand from {@code sequence} on. */
        public void acknowledged(long sequence, long nowNs) {
            firstSequence = sequence;
            end(Outcome.ACKNOWLEDGED, nowNs);
        }

        /** It was answered: nothing of it was done, and nothing will be. */
        public void refused(long nowNs) {
            end(Outcome.REFUSED, nowNs);
        }

        private void end(Outcome how, long nowNs) {
            outcome = how;
            endedNs = nowNs;
        }

        @Override
        public String toString() {
            return "the append of " + events.getFirst()
                    + (events.size() > 1 ? " and " + (events.size() - 1) + " more" : "") + " by " + client;
        }
    }

    private enum Outcome {
        ACKNOWLEDGED,
        REFUSED,
        /** Also of what nobody said the end of. */
        UNKNOWN
    }

    /** A read of a piece of the stream, and whether it had to show everything that was acknowledged before. */
    private record Read(
            String client,
            long begunNs,
            long endedNs,
            long firstSequence,
            List<String> events,
            long head,
            boolean fresh) {
        @Override
        public String toString() {
            return "the read from " + firstSequence + " by " + client + " at " + begunNs;
        }
    }

    /** Where an event comes from. */
    private record Origin(Append append, int place) {}

    private final List<Append> appends = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();

    /** An append begins. Without a word of its end its outcome is unknown. */
    public synchronized Append append(String client, List<String> events, long nowNs) {
        if (events.isEmpty()) {
            throw new IllegalArgumentException("an append has at least one event");
        }
        Append append = new Append(client, events, nowNs);
        appends.add(append);
        return append;
    }

    /**
     * A read that was answered.
     *
     * @param events that it showed, from {@code firstSequence} on
     * @param head the newest sequence that it knew of, 0 for none; of a client that goes from node to node, only what it asks the next one to know
     * @param fresh whether it promised to show what was acknowledged before it began; one that may be stale did not
     */
    public synchronized void read(
            String client,
            long begunNs,
            long endedNs,
            long firstSequence,
            List<String> events,
            long head,
            boolean fresh) {
        reads.add(new Read(client, begunNs, endedNs, firstSequence, List.copyOf(events), head, fresh));
    }

    /** Appends that were acknowledged. */
    public synchronized long acknowledged() {
        return appends.stream()
                .filter(each -> each.outcome == Outcome.ACKNOWLEDGED)
                .count();
    }

    /** Appends of which nobody knows whether they were done. */
    public synchronized long unknown() {
        return appends.stream().filter(each -> each.outcome == Outcome.UNKNOWN).count();
    }

    /** Reads that were answered. */
    public synchronized long reads() {
        return reads.size();
    }

    /**
     * Compares with what the stream holds in the end.
     *
     * @param stream all its events by name, from sequence 1 on
     */
    public synchronized List<Violation> check(List<String> stream) {
        List<Violation> violations = new ArrayList<>();
        Map<String, Origin> origins = new HashMap<>();
        for (Append append : appends) {
            for (int i = 0; i < append.events.size(); i++) {
                if (origins.put(append.events.get(i), new Origin(append, i)) != null) {
                    throw new IllegalArgumentException("two appends have an event named " + append.events.get(i));
                }
            }
        }
        Map<Append, Long> stands = places(stream, origins, violations::add);
        checkOutcomes(stands, violations::add);
        checkOrder(stands, violations::add);
        checkReads(stream, stands, origins, violations::add);
        return violations;
    }

    /** Where each append that is there begins; each event is somebody's, once, and behind the one before of its append. */
    private static Map<Append, Long> places(
            List<String> stream, Map<String, Origin> origins, Consumer<Violation> found) {
        Map<Append, Long> begins = new HashMap<>();
        Map<Append, Integer> seen = new HashMap<>();
        Map<String, Long> sequences = new HashMap<>();
        for (int i = 0; i < stream.size(); i++) {
            String event = stream.get(i);
            long sequence = i + 1L;
            Origin origin = origins.get(event);
            Long before = sequences.putIfAbsent(event, sequence);
            if (before != null) {
                found.accept(new Violation(Rule.DOUBLED, event + " stands at " + before + " and at " + sequence));
            } else if (origin == null) {
                found.accept(new Violation(Rule.INVENTED, event + " at " + sequence + " was appended by nobody"));
            } else {
                long begins0 = sequence - origin.place;
                long first = begins.computeIfAbsent(origin.append, _ -> begins0);
                seen.merge(origin.append, 1, Integer::sum);
                if (first != begins0) {
                    found.accept(new Violation(
                            Rule.TORN,
                            origin.append + " begins at " + first + ", but has " + event + " at " + sequence));
                }
            }
        }
        seen.forEach((append, count) -> {
            if (count < append.events.size()) {
                found.accept(new Violation(
                        append.outcome == Outcome.ACKNOWLEDGED ? Rule.LOST : Rule.TORN,
                        append + " is there with " + count + " of its " + append.events.size() + " events"));
            }
        });
        return begins;
    }

    private void checkOutcomes(Map<Append, Long> stands, Consumer<Violation> found) {
        for (Append append : appends) {
            Long first = stands.get(append);
            if (first == null) {
                if (append.outcome == Outcome.ACKNOWLEDGED) {
                    found.accept(new Violation(
                            Rule.LOST, append + " was acknowledged at " + append.firstSequence + " and is not there"));
                }
            } else if (append.outcome == Outcome.REFUSED) {
                found.accept(new Violation(Rule.REFUSED_AND_DONE, append + " was refused and stands at " + first));
            } else if (append.outcome == Outcome.ACKNOWLEDGED && first != append.firstSequence) {
                found.accept(new Violation(
                        Rule.MOVED,
                        append + " was acknowledged at " + append.firstSequence + " and stands at " + first));
            }
        }
    }

    private static void checkOrder(Map<Append, Long> stands, Consumer<Violation> found) {
        RealTime time = new RealTime(found);
        stands.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .forEach(append -> time.next(append.toString(), append.begunNs, append.endedNs));
    }

    // ---- reads

    private void checkReads(
            List<String> stream, Map<Append, Long> stands, Map<String, Origin> origins, Consumer<Violation> found) {
        for (Read read : reads) {
            for (int i = 0; i < read.events.size(); i++) {
                long sequence = read.firstSequence + i;
                String shown = read.events.get(i);
                if (sequence > stream.size() || !stream.get((int) sequence - 1).equals(shown)) {
                    found.accept(new Violation(
                            Rule.MISREAD,
                            read + " showed " + shown + " at " + sequence + ", where "
                                    + (sequence > stream.size() ? "nothing" : stream.get((int) sequence - 1))
                                    + " is"));
                    break;
                }
                Origin origin = origins.get(shown);
                if (origin != null && origin.append.begunNs > read.endedNs) {
                    found.accept(new Violation(Rule.MISREAD, read + " showed " + shown + " before it was appended"));
                }
            }
        }
        checkFreshness(stands, found);
        checkClients(found);
    }

    /** In the order of time: what was acknowledged by then is the least that a fresh read may know. */
    private void checkFreshness(Map<Append, Long> stands, Consumer<Violation> found) {
        List<Append> ended = appends.stream()
                .filter(each -> each.outcome == Outcome.ACKNOWLEDGED && stands.containsKey(each))
                .sorted(Comparator.comparingLong(each -> each.endedNs))
                .toList();
        int next = 0;
        long least = 0;
        for (Read read : byBeginning()) {
            while (next < ended.size() && ended.get(next).endedNs < read.begunNs) {
                Append append = ended.get(next++);
                least = Math.max(least, append.firstSequence + append.events.size() - 1);
            }
            if (read.fresh && read.head < least) {
                found.accept(new Violation(
                        Rule.STALE,
                        read + " knew of " + read.head + " events, after " + least + " had been acknowledged"));
            }
        }
    }

    /** A client's reads one after the other never know of less. */
    private void checkClients(Consumer<Violation> found) {
        Map<String, Read> newest = new HashMap<>();
        for (Read read : byBeginning()) {
            Read before = newest.get(read.client);
            if (before != null && before.endedNs <= read.begunNs && read.head < before.head) {
                found.accept(new Violation(
                        Rule.WENT_BACK, read + " knew of " + read.head + " events, " + before + " of " + before.head));
            }
            if (before == null || read.head >= before.head) {
                newest.put(read.client, read);
            }
        }
    }

    private List<Read> byBeginning() {
        return reads.stream().sorted(Comparator.comparingLong(Read::begunNs)).toList();
    }
}
