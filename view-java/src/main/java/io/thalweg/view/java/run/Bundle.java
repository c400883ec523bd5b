package io.thalweg.view.java.run;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one step hops to one partition, in one event: an event with its headers costs more than what hops does, for who appends it and for who reads it. It hops through {@code $hops}, as no
 * hop does. Whoever takes it takes its hops one after the other, as if each were an event, in one step or in several: {@link Positions} say how many of them are taken.
 *
 * <pre>
 * bundle = version 1, hop+
 * hop    = flags 1 byte, (text through)?, (text stream)?, (varint sequence)?, (integer seconds since those of the hop before, varint nanoseconds)?, (text key)?, bytes payload
 * </pre>
 *
 * <p>Through what, of which origin and of what time a hop is, is said where it is another than that of the hop before; the first comes behind one of nothing.
 */
final class Bundle {
    static final String THROUGH = "$hops";

    /** Most hops of one: who takes some of them in a step reads all. */
    static final int HOPS_MAX = 256;

    /** Most bytes of one, about; a hop of more is an event. */
    static final int BYTES_MAX = 32 << 10;

    private static final int VERSION = 1;
    private static final int THROUGH_SAID = 1;
    private static final int NO_ORIGIN = 1 << 1;
    private static final int STREAM_SAID = 1 << 2;
    private static final int SEQUENCE_SAID = 1 << 3;
    private static final int NO_TIME = 1 << 4;
    private static final int TIME_SAID = 1 << 5;
    private static final int REPLAY = 1 << 6;
    private static final int KEYED = 1 << 7;

    /** Between a stream and the place of a hop in its event, where that is not the first. */
    private static final char PLACE = '.';

    private Bundle() {}

    /** The same appends in as few events as may be; what goes to one stream keeps its order. */
    static List<Streams.Append> of(List<Streams.Append> appends) {
        List<Streams.Append> all = new ArrayList<>();
        Map<String, Open> open = new LinkedHashMap<>();
        for (Streams.Append append : appends) {
            Streams.Hop hop = append.hop();
            if (hop != null && !hop.through().equals(Batches.THROUGH) && bytes(append) < BYTES_MAX) {
                open.computeIfAbsent(append.stream(), _ -> new Open()).add(append, all);
                continue;
            }
            Open its = open.get(append.stream());
            if (its != null) {
                its.end(all);
            }
            all.add(append);
        }
        open.values().forEach(its -> its.end(all));
        return all;
    }

    /** What a hop takes at most, but for names. */
    private static long bytes(Streams.Append hop) {
        String key = hop.key();
        return hop.payload().length + StepWork.bytes(key == null ? "" : key) + StepWork.EVENT_BYTES;
    }

    /** Hops to one stream that are in no event yet. */
    private static final class Open {
        private final List<Streams.Append> hops = new ArrayList<>();
        private long bytes;

        void add(Streams.Append hop, List<Streams.Append> to) {
            long more = bytes(hop);
            if (hops.size() == HOPS_MAX || bytes + more > BYTES_MAX) {
                end(to);
            }
            hops.add(hop);
            bytes += more;
        }

        void end(List<Streams.Append> to) {
            if (hops.size() > 1) {
                to.add(new Streams.Append(
                        hops.getFirst().stream(), null, write(hops), new Streams.Hop(THROUGH, null, false, null)));
            } else {
                to.addAll(hops);
            }
            hops.clear();
            bytes = 0;
        }
    }

    private static byte[] write(List<Streams.Append> hops) {
        ValueWriter to = new ValueWriter().raw(VERSION);
        String through = "";
        Origin origin = null;
        Instant time = null;
        for (Streams.Append append : hops) {
            Streams.Hop hop = Objects.requireNonNull(append.hop());
            Origin itsOrigin = hop.origin();
            Instant itsTime = hop.time();
            String key = append.key();
            boolean throughSaid = !hop.through().equals(through);
            boolean sequenceSaid = itsOrigin != null && !itsOrigin.equals(origin);
            boolean streamSaid =
                    itsOrigin != null && (origin == null || !itsOrigin.stream().equals(origin.stream()));
            boolean timeSaid = itsTime != null && !itsTime.equals(time);
            to.raw((throughSaid ? THROUGH_SAID : 0)
                    | (itsOrigin == null ? NO_ORIGIN : 0)
                    | (streamSaid ? STREAM_SAID : 0)
                    | (sequenceSaid ? SEQUENCE_SAID : 0)
                    | (itsTime == null ? NO_TIME : 0)
                    | (timeSaid ? TIME_SAID : 0)
                    | (hop.replay() ? REPLAY : 0)
                    | (key != null ? KEYED : 0));
            if (throughSaid) {
                through = hop.through();
                to.text(through);
            }
            if (itsOrigin != null) {
                if (streamSaid) {
                    to.text(itsOrigin.stream());
                }
                if (sequenceSaid) {
                    to.count(itsOrigin.sequence());
                }
                origin = itsOrigin;
            }
            if (itsTime != null) {
                if (timeSaid) {
                    to.integer(itsTime.getEpochSecond() - (time == null ? 0 : time.getEpochSecond()))
                            .count(itsTime.getNano());
                }
                time = itsTime;
            }
            if (key != null) {
                to.text(key);
            }
            to.bytes(append.payload());
        }
        return to.toByteArray();
    }

    static boolean is(Streams.Event event) {
        Streams.Hop hop = event.hop();
        return hop != null && hop.through().equals(THROUGH);
    }

    /**
     * Its hops, each as if it were the event.
     *
     * @throws MalformedException when it is not what it should be
     */
    static List<Streams.Event> hops(Streams.Event bundle) {
        ValueReader from = new ValueReader(bundle.payload());
        int version = from.raw();
        if (version != VERSION) {
            throw new MalformedException("what hops together has version " + version + ", expected " + VERSION);
        }
        List<Streams.Event> hops = new ArrayList<>();
        String through = "";
        Origin origin = null;
        Instant time = null;
        do {
            int flags = from.raw();
            if ((flags & THROUGH_SAID) != 0) {
                through = from.text();
            }
            if ((flags & SEQUENCE_SAID) != 0) {
                origin = origin(from, (flags & STREAM_SAID) != 0 ? from.text() : null, origin);
            }
            if ((flags & TIME_SAID) != 0) {
                time = time(from, time == null ? 0 : time.getEpochSecond());
            }
            String key = (flags & KEYED) != 0 ? from.text() : null;
            hops.add(new Streams.Event(
                    bundle.sequence(),
                    key,
                    from.bytes(),
                    new Streams.Hop(
                            through,
                            (flags & NO_ORIGIN) != 0 ? null : origin,
                            (flags & REPLAY) != 0,
                            (flags & NO_TIME) != 0 ? null : time),
                    bundle.time()));
        } while (from.remaining() > 0);
        return hops;
    }

    private static Origin origin(ValueReader from, @Nullable String said, @Nullable Origin before) {
        String stream = said != null ? said : before != null ? before.stream() : null;
        if (stream == null) {
            throw new MalformedException("the first of what hops together does not say which stream it is of");
        }
        return new Origin(stream, from.count());
    }

    private static Instant time(ValueReader from, long secondsBefore) {
        long seconds = secondsBefore + from.integer();
        long nanos = from.count();
        if (nanos >= 1_000_000_000L
                || seconds < Instant.MIN.getEpochSecond()
                || seconds > Instant.MAX.getEpochSecond()) {
            throw new MalformedException("what hops together is of " + seconds + " s and " + nanos + " ns");
        }
        return Instant.ofEpochSecond(seconds, nanos);
    }

    /** As which a hop is known to who looks at what is parked. */
    static String name(String stream, int place) {
        return place == 0 ? stream : stream + PLACE + place;
    }

    /** The stream of what is known by a name. */
    static String stream(String name) {
        int place = name.lastIndexOf(PLACE);
        return place > 0 && name.startsWith(Wiring.HOPS_PREFIX) ? name.substring(0, place) : name;
    }
}
