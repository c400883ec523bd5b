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
 * positions = version 5, varint step, varint numbers, varint sent, varint rebuilt (ms since 1970, 0 for never),
 *             count (text stream, text identity, varint sequence, varint replayed)*,
 *             count (text batch, state)*, varint place (0 its own | 1 follows another | 2 took over), varint since,
 *             count (text stream, varint within)*
 * </pre>
 *
 * A state is as {@link BatchState} says. Version 4 had no {@code within}; it is still written where no bundle is taken in part. Version 3 had no place; it is still written where the state of the view never stood beside another. Version 2 had no
 * batches; it is still written where there are neither. Version 1 had neither {@code sent}, {@code rebuilt}, identities nor replays.
 */
final class Positions {
    private static final int VERSION = 5;
    private static final int VERSION_OF_PLACES = 4;
    private static final int VERSION_OF_BATCHES = 3;
    private static final int VERSION_OF_SENDING = 2;
    private static final int PLACE_OWN = 0;
    private static final int PLACE_FOLLOWS = 1;
    private static final int PLACE_TOOK_OVER = 2;

    /** What the state of a view is beside others of the same view. */
    enum Place {
        /** It was the view's from the start, and never anything else. */
        OWN,
        /** Another answers and goes out, and this takes what that one has taken. */
        FOLLOWS,
        /** It has followed another, in whose place it is. */
        TOOK_OVER
    }

    private long step;
    private long numbers;
    private long sent;
    private long rebuiltMs;
    private Place place = Place.OWN;
    private long since;
    private final SortedMap<String, Taken> taken = new TreeMap<>();
    private final SortedMap<String, BatchState> batches = new TreeMap<>();

    /** One stream; its sequence moves with each event. */
    private static final class Taken {
        /** Of its log; empty when it is not known. */
        final String identity;

        /** That was taken last. */
        long sequence;

        /** Up to where its events had been taken before the view was rebuilt. */
        final long replayed;

        /** How many hops of the event behind that sequence are taken; 0 but for a {@link Bundle}. */
        int within;

        Taken(String identity, long sequence, long replayed) {
            this.identity = identity;
            this.sequence = sequence;
            this.replayed = replayed;
        }
    }

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
        if (version >= VERSION_OF_PLACES) {
            positions.place = place(from.count(), version);
            positions.since = from.count();
        }
        for (int i = version == VERSION ? from.size() : 0; i > 0; i--) {
            positions.within(from.text(), from.count());
        }
        from.end();
        return positions;
    }

    private static Place place(long place, int version) {
        if (place == PLACE_OWN && version == VERSION) {
            return Place.OWN;
        }
        if (place != PLACE_FOLLOWS && place != PLACE_TOOK_OVER) {
            throw new MalformedException("positions have place " + place + ", expected 1 or 2");
        }
        return place == PLACE_FOLLOWS ? Place.FOLLOWS : Place.TOOK_OVER;
    }

    /** The same, to be changed. */
    Positions copy() {
        return read(write());
    }

    /** Whether a partition took part in batches, without reading more than that. */
    static boolean hasBatches(byte @Nullable [] bytes) {
        return bytes != null && bytes.length > 0 && bytes[0] > 2;
    }

    byte[] write() {
        int version = version();
        ValueWriter to = new ValueWriter()
                .raw(version)
                .count(step)
                .count(numbers)
                .count(sent)
                .count(rebuiltMs)
                .count(taken.size());
        taken.forEach((stream, its) ->
                to.text(stream).text(its.identity).count(its.sequence).count(its.replayed));
        if (version > VERSION_OF_SENDING) {
            to.count(batches.size());
            batches.forEach((batch, state) -> state.write(to.text(batch)));
        }
        if (version >= VERSION_OF_PLACES) {
            to.count(
                            switch (place) {
                                case OWN -> PLACE_OWN;
                                case FOLLOWS -> PLACE_FOLLOWS;
                                case TOOK_OVER -> PLACE_TOOK_OVER;
                            })
                    .count(since);
        }
        if (version == VERSION) {
            to.count(taken.values().stream().filter(its -> its.within > 0).count());
            taken.forEach((stream, its) -> {
                if (its.within > 0) {
                    to.text(stream).count(its.within);
                }
            });
        }
        return to.toByteArray();
    }

    private int version() {
        for (Taken its : taken.values()) {
            if (its.within > 0) {
                return VERSION;
            }
        }
        return place != Place.OWN ? VERSION_OF_PLACES : batches.isEmpty() ? VERSION_OF_SENDING : VERSION_OF_BATCHES;
    }

    Place place() {
        return place;
    }

    /** Takes what another state has taken, from this step on. */
    void follow() {
        place = Place.FOLLOWS;
        since = step;
    }

    /**
     * Is in the place of another from this step on. What that one had taken is a replay; timers that are still to come are none.
     *
     * @param taken what the other took last of its logs
     */
    void takeOver(SortedMap<String, Long> taken) {
        place = Place.TOOK_OVER;
        since = step;
        rebuiltMs = 0;
        this.taken.replaceAll((stream, its) -> new Taken(its.identity, its.sequence, taken.getOrDefault(stream, 0L)));
    }

    /** The step from which on it is what {@link #place} says; 0 for what was so from the start. */
    long since() {
        return since;
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
        if (its == null) {
            taken.put(stream, new Taken("", sequence, 0));
        } else {
            its.sequence = sequence;
            its.within = 0;
        }
    }

    /** How many hops of the event behind that which was {@link #taken taken} last are taken, where there are several in it. */
    int within(String stream) {
        Taken its = taken.get(stream);
        return its == null ? 0 : its.within;
    }

    void within(String stream, long hops) {
        if (hops < 0 || hops > Bundle.HOPS_MAX) {
            throw new MalformedException(
                    hops + " hops of an event of " + stream + " are taken, of at most " + Bundle.HOPS_MAX);
        }
        taken.computeIfAbsent(stream, _ -> new Taken("", 0, 0)).within = (int) hops;
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
            Taken known = new Taken(identity, its.sequence, its.replayed);
            known.within = its.within;
            taken.put(stream, known);
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

    /**
     * Goes on in a state that is a copy, which follows what it was copied of: behind a step of that one, and behind nothing of its own streams.
     *
     * @param hops the stream of what hops to the partition, by which what is whole is told from what is not
     */
    void copied(long newest, String hops) {
        step = newest;
        sent = newest - 1;
        place = Place.FOLLOWS;
        since = newest;
        taken.keySet().removeIf(stream -> stream.startsWith("@"));
        taken.put(hops, new Taken("", 0, 0));
    }

    /** Whether a copy is being made of it, which is no state yet. */
    boolean isBeingCopied() {
        return step == 0 || (place == Place.FOLLOWS && taken.isEmpty());
    }

    void rebuilt(Instant at) {
        rebuiltMs = Math.max(0, at.toEpochMilli());
    }

    /** Whether a time was over when the view was rebuilt. */
    boolean wasOver(Instant at) {
        return rebuiltMs > 0 && at.toEpochMilli() <= rebuiltMs;
    }
}
