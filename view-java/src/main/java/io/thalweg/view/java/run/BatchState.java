package io.thalweg.view.java.run;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.view.java.Batch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition is in a batch of its view; a part of its positions, so that each step says it whole. The first partition also keeps how
 * far all are, as their leader.
 *
 * <pre>
 * state = part, lead
 * part  = varint applied, varint appliedAttempt, bool leftOut, text shape, varint number, varint attempt, varint phase, varint eventsMax, varint begun (ms),
 *         bool prepared, bool refused, varint inboxBytes, varint stagedBytes,
 *         count (varint senders)*, count (text log, text stream, varint after, varint upTo)*
 * lead  = varint committed, varint committedAttempt, bool leftOut, text shape, varint number, varint attempt, varint eventsMax, varint begun (ms),
 *         count (varint prepared)*, count (text stream, varint end)*
 * </pre>
 *
 * Not thread-safe.
 */
final class BatchState {
    /** Most events that one partition takes in a batch. */
    static final int EVENTS_MAX = 2_048;

    final Part part = new Part();
    final Lead lead = new Lead();

    /**
     * What a batch takes of a stream.
     *
     * @param after the sequence before its first event
     * @param upTo the sequence of its last event, larger than {@code after}
     */
    record Range(String log, String stream, long after, long upTo) {
        /**
         * The next events of a stream up to {@code upTo}, one at least if there are any, and before them those that are gone and were never taken; null if
         * there are neither.
         */
        static @Nullable Range behind(
                Streams streams, String log, String stream, long after, long upTo, int eventsMax, long bytesMax) {
            long at = after;
            long first = 0;
            int events = 0;
            long bytes = 0;
            while (events < eventsMax && bytes < bytesMax && at < upTo) {
                Trouble.Gone.Read read = Trouble.Gone.Read.of(streams, stream, at, eventsMax - events);
                Trouble.Gone gone = read.gone();
                if (gone != null) {
                    first = first == 0 ? gone.first() : first;
                    at = Math.min(gone.last(), upTo);
                    continue;
                }
                if (read.events().isEmpty()) {
                    break;
                }
                for (Streams.Event event : read.events()) {
                    bytes += event.payload().length;
                    if (event.sequence() > upTo || (events > 0 && bytes > bytesMax)) {
                        break;
                    }
                    first = first == 0 ? event.sequence() : first;
                    at = event.sequence();
                    events++;
                }
            }
            return first == 0 ? null : new Range(log, stream, first - 1, at);
        }
    }

    /** A partition's own part. */
    static final class Part {
        /** The newest batch that its indexes have, 0 before the first. */
        long applied;

        /** Which try of that batch counted. */
        int appliedAttempt;

        /** Whether that one was left out, so that its events had no effect. */
        boolean leftOut;

        /** What the batch was declared as when it took its ranges. */
        String shape = "";

        /** The batch that it works on or did last. */
        long number;

        int attempt;

        /** The phase that runs next. */
        int phase;

        /** Behind which step its ranges were written down: code runs over them in a later one. Not written. */
        long begunBehind = -1;

        int eventsMax = EVENTS_MAX;
        Instant begun = Instant.EPOCH;

        /** Whether all phases are done, and what they write stands aside. */
        boolean prepared;

        /** Whether it has said that the batch is too large, and waits for another. */
        boolean refused;

        long inboxBytes;
        long stagedBytes;

        /** For each phase how many partitions have sent all that they send in it. */
        final List<Integer> senders = new ArrayList<>();

        List<Range> ranges = List.of();

        boolean isUnderWay() {
            return number > applied;
        }

        boolean isOf(long batch, int its) {
            return isUnderWay() && number == batch && attempt == its;
        }

        void sentAll(int inPhase) {
            while (senders.size() <= inPhase) {
                senders.add(0);
            }
            senders.set(inPhase, senders.get(inPhase) + 1);
        }

        int senders(int inPhase) {
            return inPhase < senders.size() ? senders.get(inPhase) : 0;
        }
    }

    /** All partitions, as the first of them knows them. */
    static final class Lead {
        /** The newest batch that counts. */
        long committed;

        /** Which try of that batch counts. */
        int committedAttempt;

        boolean leftOut;

        /** What the batch was declared as when it began. */
        String shape = "";

        /** The batch that began last. */
        long number;

        /** 0 once it was given up. */
        int attempt;

        int eventsMax = EVENTS_MAX;
        Instant begun = Instant.EPOCH;

        /** The partitions that are done with their part. */
        final SortedSet<Integer> prepared = new TreeSet<>();

        /** For each stream how far the newest batches have taken it, as far as partitions have told. */
        final SortedMap<String, Long> ends = new TreeMap<>();

        boolean isUnderWay() {
            return number > committed && attempt > 0;
        }

        boolean isOf(long batch, int its) {
            return isUnderWay() && number == batch && attempt == its;
        }
    }

    void write(ValueWriter to) {
        to.count(part.applied)
                .count(part.appliedAttempt)
                .bool(part.leftOut)
                .text(part.shape)
                .count(part.number)
                .count(part.attempt)
                .count(part.phase)
                .count(part.eventsMax)
                .count(part.begun.toEpochMilli())
                .bool(part.prepared)
                .bool(part.refused)
                .count(part.inboxBytes)
                .count(part.stagedBytes)
                .count(part.senders.size());
        part.senders.forEach(to::count);
        to.count(part.ranges.size());
        part.ranges.forEach(range ->
                to.text(range.log).text(range.stream).count(range.after).count(range.upTo));
        to.count(lead.committed)
                .count(lead.committedAttempt)
                .bool(lead.leftOut)
                .text(lead.shape)
                .count(lead.number)
                .count(lead.attempt)
                .count(lead.eventsMax)
                .count(lead.begun.toEpochMilli())
                .count(lead.prepared.size());
        lead.prepared.forEach(to::count);
        to.count(lead.ends.size());
        lead.ends.forEach((stream, end) -> to.text(stream).count(end));
    }

    static BatchState read(ValueReader from) {
        BatchState state = new BatchState();
        Part part = state.part;
        part.applied = from.count();
        part.appliedAttempt = small(from);
        part.leftOut = from.bool();
        part.shape = from.text();
        part.number = from.count();
        part.attempt = small(from);
        part.phase = small(from);
        part.eventsMax = small(from);
        part.begun = Instant.ofEpochMilli(from.count());
        part.prepared = from.bool();
        part.refused = from.bool();
        part.inboxBytes = from.count();
        part.stagedBytes = from.count();
        for (int i = from.size(); i > 0; i--) {
            part.senders.add(small(from));
        }
        if (part.phase > Batch.STAGES_MAX + 1 || part.senders.size() > Batch.STAGES_MAX + 1) {
            throw new MalformedException("a batch has " + part.phase + " phases and " + part.senders.size()
                    + " with senders, at most " + (Batch.STAGES_MAX + 1) + " are possible");
        }
        List<Range> ranges = new ArrayList<>();
        for (int i = from.size(); i > 0; i--) {
            Range range = new Range(from.text(), from.text(), from.count(), from.count());
            if (range.after >= range.upTo) {
                throw new MalformedException(
                        "a batch takes " + range.stream + " from " + range.after + " to " + range.upTo);
            }
            ranges.add(range);
        }
        part.ranges = List.copyOf(ranges);
        Lead lead = state.lead;
        lead.committed = from.count();
        lead.committedAttempt = small(from);
        lead.leftOut = from.bool();
        lead.shape = from.text();
        lead.number = from.count();
        lead.attempt = small(from);
        lead.eventsMax = small(from);
        lead.begun = Instant.ofEpochMilli(from.count());
        for (int i = from.size(); i > 0; i--) {
            lead.prepared.add(small(from));
        }
        for (int i = from.size(); i > 0; i--) {
            lead.ends.put(from.text(), from.count());
        }
        return state;
    }

    private static int small(ValueReader from) {
        long value = from.count();
        if (value > Integer.MAX_VALUE) {
            throw new MalformedException("the state of a batch has number " + value + ", expected one of 31 bits");
        }
        return (int) value;
    }
}
