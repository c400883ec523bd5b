package io.thalweg.view.java.batch;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.view.java.Batch;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What partitions of a view tell each other about a batch. The first partition leads: it begins batches, hears of those who are done with their
 * part, and commits.
 *
 * <pre>
 * message  = magic "TWBM", version 1, kind, text batch, varint number, varint attempt, body
 * begin    = kind 0, varint eventsMax, varint begun (ms since 1970)
 * data     = kind 1, varint phase, varint from, varint chunk, bool last, bytes content
 * prepared = kind 2, varint from, count (text stream, varint sequence)*
 * tooLarge = kind 3
 * leaveOut = kind 4
 * commit   = kind 5, bool leftOut
 * givenUp  = kind 6
 * </pre>
 */
public sealed interface BatchMessage {
    /** The batch's name. */
    String batch();

    /** The batch's number; from 1, growing. */
    long number();

    /** Which try of the number it is, from 1. What belongs to an older one counts no more. */
    int attempt();

    /**
     * To all partitions: take your ranges, unless you have for this number, and begin with the first phase.
     *
     * @param eventsMax most events of one partition
     * @param begun the same in all tries
     */
    record Begin(String batch, long number, int attempt, int eventsMax, Instant begun) implements BatchMessage {}

    /**
     * To one partition: what was sent to keys that lie there.
     *
     * @param phase in which it was sent
     * @param from the partition that sends it
     * @param chunk from 0
     * @param last whether it is the last chunk of this phase from there
     * @param content as {@link Sendings} writes it; not to be changed
     */
    record Data(String batch, long number, int attempt, int phase, int from, int chunk, boolean last, byte[] content)
            implements BatchMessage {}

    /**
     * To the first partition: all phases are done here.
     *
     * @param ends for each stream that the partition follows for the batch the sequence that it has taken when the batch counts
     */
    record Prepared(String batch, long number, int attempt, int from, SortedMap<String, Long> ends)
            implements BatchMessage {}

    /** To the first partition: the batch does not fit; begin a smaller one. */
    record TooLarge(String batch, long number, int attempt) implements BatchMessage {}

    /** To the first partition: somebody wants to go on without what this batch has taken. */
    record LeaveOut(String batch, long number, int attempt) implements BatchMessage {}

    /**
     * To all partitions: it counts.
     *
     * @param leftOut whether its events count as taken without any effect
     */
    record Commit(String batch, long number, int attempt, boolean leftOut) implements BatchMessage {}

    /** To all partitions: it will never count, and what it took is for others to take. */
    record GivenUp(String batch, long number, int attempt) implements BatchMessage {}

    /** What a message begins with. */
    String MAGIC = "TWBM";

    int VERSION = 1;

    /** Largest number of a partition. */
    int PARTITION_MAX = 0xffff;

    default byte[] write() {
        int kind = switch (this) {
            case Begin _ -> 0;
            case Data _ -> 1;
            case Prepared _ -> 2;
            case TooLarge _ -> 3;
            case LeaveOut _ -> 4;
            case Commit _ -> 5;
            case GivenUp _ -> 6;
        };
        ValueWriter to = new ValueWriter()
                .raw(MAGIC.getBytes(StandardCharsets.US_ASCII))
                .raw(VERSION)
                .raw(kind)
                .text(batch())
                .count(number())
                .count(attempt());
        switch (this) {
            case Begin begin -> to.count(begin.eventsMax).count(Math.max(0, begin.begun.toEpochMilli()));
            case Data data ->
                to.count(data.phase)
                        .count(data.from)
                        .count(data.chunk)
                        .bool(data.last)
                        .bytes(data.content);
            case Prepared prepared -> {
                to.count(prepared.from).count(prepared.ends.size());
                prepared.ends.forEach((stream, end) -> to.text(stream).count(end));
            }
            case TooLarge _, LeaveOut _, GivenUp _ -> {}
            case Commit commit -> to.bool(commit.leftOut);
        }
        return to.toByteArray();
    }

    /** @throws MalformedException for bytes that are no message */
    static BatchMessage read(byte[] bytes) {
        ValueReader from = new ValueReader(bytes);
        if (!MAGIC.equals(new String(from.raw(MAGIC.length()), StandardCharsets.US_ASCII))) {
            throw new MalformedException("a message of a batch does not begin with " + MAGIC);
        }
        int version = from.raw();
        if (version != VERSION) {
            throw new MalformedException("a message of a batch has version " + version + ", expected " + VERSION);
        }
        int kind = from.raw();
        String batch = from.text();
        long number = from.count();
        int attempt = small(from);
        BatchMessage read = switch (kind) {
            case 0 -> new Begin(batch, number, attempt, small(from), Instant.ofEpochMilli(from.count()));
            case 1 ->
                new Data(
                        batch,
                        number,
                        attempt,
                        small(from, Batch.STAGES_MAX),
                        small(from, PARTITION_MAX),
                        small(from),
                        from.bool(),
                        from.bytes());
            case 2 -> new Prepared(batch, number, attempt, small(from, PARTITION_MAX), ends(from));
            case 3 -> new TooLarge(batch, number, attempt);
            case 4 -> new LeaveOut(batch, number, attempt);
            case 5 -> new Commit(batch, number, attempt, from.bool());
            case 6 -> new GivenUp(batch, number, attempt);
            default -> throw new MalformedException("a message of a batch is of kind " + kind + ", expected 0 to 6");
        };
        from.end();
        return read;
    }

    private static int small(ValueReader from) {
        return small(from, Integer.MAX_VALUE);
    }

    private static int small(ValueReader from, int max) {
        long value = from.count();
        if (value > max) {
            throw new MalformedException("a message of a batch has number " + value + ", expected at most " + max);
        }
        return (int) value;
    }

    private static SortedMap<String, Long> ends(ValueReader from) {
        SortedMap<String, Long> ends = new TreeMap<>();
        for (int i = from.size(); i > 0; i--) {
            ends.put(from.text(), from.count());
        }
        return Collections.unmodifiableSortedMap(ends);
    }
}
