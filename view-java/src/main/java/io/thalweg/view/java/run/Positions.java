package io.thalweg.view.java.run;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.ThalwegException;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition is: which step it made last, up to which step all is sent that goes to other shards, and for each of its streams the
 * sequence that it took last. A stream is known by what its log is, not only by its name: one that was deleted and made again is another.
 * Not thread-safe.
 *
 * <pre>
 * positions = version 3, varint step, varint numbers, varint sent, varint rebuilt (ms since 1970, 0 for never),
 *             count (text stream, text identity, varint sequence, varint replayed)*,
 *             count (text batch, state)*
 * </pre>
 *
 * A state is as {@link BatchState} says. Version 2 had no batches; it is still written where there are none. Version 1 had neither {@code sent}, {@code rebuilt}, identities nor replays.
 */
final class Positions {
    private static final int VERSION = 3;

    private long step;
    private long numbers;
    private long sent;
    private long rebuiltMs;
    private final SortedMap<String, Taken> taken = new TreeMap<>();
    private final SortedMap<String, BatchState> batches = new TreeMap<>();

    /**
     * One stream.
     *
     * @param identity of its log; empty when it is not known
     * @param sequence that was taken last
     * @param replayed up to where its events had been taken before the view was rebuilt
     */
    private record Taken(String identity, long sequence, long replayed) {}

    static Positions read(byte @Nullable [] bytes) {
        Positions positions = new Positions();
        if (bytes == null) {
            return positions;
        }
        ValueReader from = new ValueReader(bytes);
        int version = from.raw();
        if (version < 1 || version > VERSION) {
            throw new MalformedException("positions have version " + version + ", expected 1 to " + VERSION);
        }
        positions.step = from.count();
        positions.numbers = from.count();
        if (version > 1) {
            positions.sent = from.count();
            positions.rebuiltMs = from.count();
        } else {
            positions.sent = positions.step; // there was nothing to send
        }
        for (int i = from.size(); i > 0; i--) {
            String stream = from.text();
            positions.taken.put(
                    stream,
                    version > 1 ? new Taken(from.text(), from.count(), from.count()) : new Taken("", from.count(), 0));
        }
        for (int i = version > 2 ? from.size() : 0; i > 0; i--) {
            positions.batches.put(from.text(), BatchState.read(from));
        }
        from.end();
        return positions;
    }

    /** Whether a partition took part in batches, without reading more than that. */
    static boolean hasBatches(byte @Nullable [] bytes) {
        return bytes != null && bytes.length > 0 && bytes[0] > 2;
    }

    byte[] write() {
        ValueWriter to = new ValueWriter()
                .raw(batches.isEmpty() ? 2 : VERSION)
                .count(step)
                .count(numbers)
                .count(sent)
                .count(rebuiltMs)
                .count(taken.size());
        taken.forEach((stream, its) ->
                to.text(stream).text(its.identity).count(its.sequence).count(its.replayed));
        if (!batches.isEmpty()) {
            to.count(batches.size());
            batches.forEach((batch, state) -> state.write(to.text(batch)));
        }
        return to.toByteArray();
    }

    long step() {
        return step;
    }

    void step(long newest) {
        step = newest;
    }

    /** Up to which step all is sent that goes to other shards. */
    long sent() {
        return sent;
    }

    void sent(long upTo) {
        sent = Math.max(sent, upTo);
    }

    /** A number that no timer and no call of the partition had. */
    long nextNumber() {
        return ++numbers;
    }

    /** How far the partition is in a batch; from the start if it never took part in one of the name. */
    BatchState batch(String name) {
        return batches.computeIfAbsent(name, _ -> new BatchState());
    }

    /** All batches that it took part in, those among them that the view declares no more; by name. */
    SortedMap<String, BatchState> batches() {
        return Collections.unmodifiableSortedMap(batches);
    }

    /** Whether a batch is under way. */
    boolean isInBatch() {
        return batches.values().stream().anyMatch(state -> state.part.isUnderWay());
    }

    boolean knows(String stream) {
        return taken.containsKey(stream);
    }

    long taken(String stream) {
        Taken its = taken.get(stream);
        return its == null ? 0 : its.sequence;
    }

    SortedMap<String, Long> all() {
        SortedMap<String, Long> all = new TreeMap<>();
        taken.forEach((stream, its) -> all.put(stream, its.sequence));
        return all;
    }

    void taken(String stream, long sequence) {
        Taken its = taken.get(stream);
        taken.put(stream, its == null ? new Taken("", sequence, 0) : new Taken(its.identity, sequence, its.replayed));
    }

    /** Begins in a stream behind a sequence; what comes up to {@code replayed} was taken before the view was rebuilt. */
    void begin(String stream, String identity, long sequence, long replayed) {
        taken.put(stream, new Taken(identity, sequence, replayed));
    }

    /**
     * Makes sure that a stream is the one whose events were taken so far.
     *
     * @throws ThalwegException {@code VIEW_FAILED} when it is another of the same name
     */
    void requireSame(String stream, String identity) {
        Taken its = taken.get(stream);
        if (its == null || identity.isEmpty() || its.identity.equals(identity)) {
            return;
        }
        if (its.identity.isEmpty()) {
            taken.put(stream, new Taken(identity, its.sequence, its.replayed));
            return;
        }
        throw new ThalwegException(
                ErrorCode.VIEW_FAILED,
                "the view took " + stream + " of log " + its.identity + " up to " + its.sequence
                        + ", but now it is of log " + identity
                        + ": the log was deleted and made again; rewind the view");
    }

    /** Whether an event was taken before the view was rebuilt. */
    boolean isReplay(String stream, long sequence) {
        Taken its = taken.get(stream);
        return its != null && sequence <= its.replayed;
    }

    /** As if no step had been made and no batch begun, to be rehearsed from here; numbers stay, since timers and calls have them. */
    void rehearsed() {
        step = 0;
        sent = 0;
        batches.clear();
    }

    void rebuilt(Instant at) {
        rebuiltMs = Math.max(0, at.toEpochMilli());
    }

    /** Whether a time was over when the view was rebuilt. */
    boolean wasOver(Instant at) {
        return rebuiltMs > 0 && at.toEpochMilli() <= rebuiltMs;
    }
}
