package io.thalweg.view.java.run;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The port of a view to its streams: those that it follows, and those that it writes. Streams are named; sequences begin at
 * 1. Implementations are thread-safe.
 */
public interface Streams {

    /**
     * An event of a stream.
     *
     * @param hop what it goes through, where it is in a stream of hops
     * @param time when it was appended
     */
    record Event(
            long sequence,
            @Nullable String key,
            byte[] payload,
            @Nullable Hop hop,
            Instant time) {}

    /** An event for a stream. */
    record Append(
            String stream,
            @Nullable String key,
            byte[] payload,
            @Nullable Hop hop) {}

    /**
     * Where an event goes on in the view.
     *
     * @param through a hop, or a log whose event is at home elsewhere
     * @param origin what it came of, null for a timer or a tick
     * @param replay whether it came of an event that is processed again
     * @param time of what it came of; null where that is not known, as of old hops
     */
    record Hop(
            String through,
            @Nullable Origin origin,
            boolean replay,
            @Nullable Instant time) {}

    /**
     * A stream of a log that a partition of a view follows.
     *
     * @param from the stream that its slots were of before the log was split; null for one that the log began with
     * @param at up to where {@code from} is to be taken before anything of this one is: what stands there came before
     */
    record Part(String stream, @Nullable String from, long at) {}

    /**
     * What a partition of a view follows of a log: the partition of the same number, and those that got their slots from it by splits, in the
     * order in which they did.
     */
    default List<Part> parts(String log, int partition) {
        return List.of(new Part(Wiring.log(log, partition), null, 0));
    }

    /** At most {@code max} durable events of a stream with sequences above {@code after}; fewer when they are large. */
    List<Event> read(String stream, long after, int max);

    /** The oldest sequence of a stream that is kept; one more than the newest when none is. */
    long first(String stream);

    /** The newest sequence of a stream, 0 if it has none. */
    long newest(String stream);

    /** The newest sequence of a stream that is older than a time, as far as that is known; 0 if there is none. */
    long before(String stream, Instant time);

    /** What the log of a stream is, so that another of the same name is told from it; empty for streams that have no such double. */
    String identity(String stream);

    /** Whether a stream lies in the shard of the view's steps, so that it can be appended to together with a step. */
    boolean isBeside(String stream);

    /** Where a stream of another shard is, whatever the view that sends there calls it then. */
    String address(String stream);

    /**
     * Appends all or nothing, durably, if the newest sequence of {@code conditional} is {@code expected}. All streams are {@link #isBeside
     * beside} it.
     *
     * @return whether it was appended. An exception leaves open whether it was
     */
    boolean append(String conditional, long expected, List<Append> appends);

    /** Begins to {@link #append}, and does not wait for what becomes of it. */
    default Pending begin(String conditional, long expected, List<Append> appends) {
        return Pending.known(append(conditional, expected, appends));
    }

    /** An append under way. For the thread that began it. */
    interface Pending {
        /**
         * Whether it need not be waited for any more to learn what became of it.
         *
         * @param ms for how long to wait for that, with 0 not at all
         */
        boolean isKnown(long ms);

        /** Waits for it: whether it was appended. An exception leaves open whether it was, or will be; then it may be asked again. */
        boolean appended();

        /** One of which is known what became of it. */
        static Pending known(boolean appended) {
            return new Pending() {
                @Override
                public boolean isKnown(long ms) {
                    return true;
                }

                @Override
                public boolean appended() {
                    return appended;
                }
            };
        }
    }

    /**
     * Appends to streams of other shards, durably, all of each shard or none, as a producer whose numbers grow: what was sent already is not
     * appended again, and what goes to a log that is gone goes nowhere.
     *
     * @param appends to streams by their {@link #address}
     * @throws RuntimeException when it is not known whether all was appended; to be sent again
     */
    void send(String producer, long number, List<Append> appends);

    /** Whether all who may lead the view know several hops in one event. */
    default boolean takesBundles() {
        return true;
    }

    /** Streams of other ones, but for what a subclass does otherwise. */
    abstract class Through implements Streams {
        private final Streams streams;

        protected Through(Streams streams) {
            this.streams = streams;
        }

        @Override
        public List<Part> parts(String log, int partition) {
            return streams.parts(log, partition);
        }

        @Override
        public List<Event> read(String stream, long after, int max) {
            return streams.read(stream, after, max);
        }

        @Override
        public long first(String stream) {
            return streams.first(stream);
        }

        @Override
        public long newest(String stream) {
            return streams.newest(stream);
        }

        @Override
        public long before(String stream, Instant time) {
            return streams.before(stream, time);
        }

        @Override
        public String identity(String stream) {
            return streams.identity(stream);
        }

        @Override
        public boolean isBeside(String stream) {
            return streams.isBeside(stream);
        }

        @Override
        public String address(String stream) {
            return streams.address(stream);
        }

        @Override
        public boolean append(String conditional, long expected, List<Append> appends) {
            return streams.append(conditional, expected, appends);
        }

        @Override
        public Pending begin(String conditional, long expected, List<Append> appends) {
            return streams.begin(conditional, expected, appends);
        }

        @Override
        public void send(String producer, long number, List<Append> appends) {
            streams.send(producer, number, appends);
        }

        @Override
        public boolean takesBundles() {
            return streams.takesBundles();
        }
    }
}
