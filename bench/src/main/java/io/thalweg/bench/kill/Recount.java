package io.thalweg.bench.kill;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges what is read back from a log against what its writers were told. Feed it every event in order from sequence 1 with {@link
 * #event}, every acknowledgement with {@link #acknowledged}, then ask {@link #problems}. Writers number their events from 1 and
 * write them one after the other; a writer with batches writes {@code batch} numbers at once. Not thread-safe.
 */
final class Recount {
    private static final int MAX_PROBLEMS = 20;

    private final int[] batchOfWriter;
    private final List<Map<Long, Long>> foundOfWriter = new ArrayList<>();
    private final long[] lastNumber;
    private final List<String> problems = new ArrayList<>();
    private long head;
    private long sum;

    /** @param batchOfWriter how many events each writer appends at once, all or none */
    Recount(int... batchOfWriter) {
        this.batchOfWriter = batchOfWriter.clone();
        this.lastNumber = new long[batchOfWriter.length];
        for (int writer = 0; writer < batchOfWriter.length; writer++) {
            foundOfWriter.add(new HashMap<>());
        }
    }

    /** The next event of the log. */
    void event(byte[] payload, long sequence) {
        if (sequence != head + 1) {
            problem("sequence " + sequence + " follows " + head);
        }
        head = sequence;
        Mark mark = Mark.parse(payload);
        if (mark == null || mark.writer() >= batchOfWriter.length) {
            problem("the event at " + sequence + " was written by nobody: "
                    + new String(payload, java.nio.charset.StandardCharsets.US_ASCII));
            return;
        }
        sum += mark.inc();
        Long before = foundOfWriter.get(mark.writer()).put(mark.number(), sequence);
        if (before != null) {
            problem("writer " + mark.writer() + "'s event " + mark.number() + " is there twice, at " + before + " and "
                    + sequence);
        } else if (mark.number() <= lastNumber[mark.writer()]) {
            problem("writer " + mark.writer() + "'s event " + mark.number() + " at " + sequence
                    + " comes after its event " + lastNumber[mark.writer()]);
        }
        lastNumber[mark.writer()] = Math.max(lastNumber[mark.writer()], mark.number());
    }

    /** The writer was told that its event has this sequence. All events up to there must have been fed. */
    void acknowledged(int writer, long number, long sequence) {
        Long found = foundOfWriter.get(writer).get(number);
        if (found == null) {
            problem("LOST: writer " + writer + "'s event " + number + ", acknowledged as " + sequence
                    + ", is not in the log");
        } else if (found != sequence) {
            problem("writer " + writer + "'s event " + number + ", acknowledged as " + sequence + ", is at " + found);
        }
    }

    /** Whether batches are whole; then everything found wrong so far, at most {@value #MAX_PROBLEMS} lines. */
    List<String> problems() {
        for (int writer = 0; writer < batchOfWriter.length; writer++) {
            wholeBatches(writer, batchOfWriter[writer], foundOfWriter.get(writer));
        }
        return List.copyOf(problems);
    }

    private void wholeBatches(int writer, int batch, Map<Long, Long> found) {
        if (batch == 1) {
            return;
        }
        Map<Long, Integer> sizes = new HashMap<>();
        found.forEach((number, sequence) -> sizes.merge((number - 1) / batch, 1, Integer::sum));
        sizes.forEach((index, size) -> {
            long first = index * batch + 1;
            if (size != batch) {
                problem("writer " + writer + "'s batch from event " + first + " has " + size + " of " + batch
                        + " events");
            } else if (found.getOrDefault(first + batch - 1, 0L) - found.getOrDefault(first, 0L) != batch - 1) {
                problem("writer " + writer + "'s batch from event " + first + " is not in one piece");
            }
        });
    }

    private void problem(String text) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(text);
        }
    }

    /** Sequence of the last event that was fed. */
    long head() {
        return head;
    }

    /** What a counter view over these events answers. */
    long sum() {
        return sum;
    }
}
