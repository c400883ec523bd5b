package io.thalweg.view.java.run;

import io.thalweg.index.store.Changes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What handlers of one step took and said. One thread. */
final class StepWork {
    /** What a step emits at most, in bytes of payload. */
    static final long MAX_EMITTED_BYTES = 8 << 20;

    /** With more of what batches set aside a step takes nothing else, so that it stays an event. */
    private static final long MAX_ASIDE_BYTES = 256 << 10;

    /** An append goes to 256 streams at most, and one handler more may emit to some. */
    private static final int MAX_STREAMS = 200;

    /** How long a step goes on taking; what comes then waits for the next, so that steps end whatever their handlers cost. */
    private static final Duration STEP_TIME = Duration.ofMillis(500);

    static final int MAX_KEY_BYTES = 65_535;

    /** What an emitted event costs beside its payload. */
    static final long EVENT_BYTES = 64;

    private final Instant endsAt;
    final List<Streams.Append> emitted = new ArrayList<>();
    final List<Answer> answers = new ArrayList<>();
    final List<Origin> origins = new ArrayList<>();

    /** Calls that were asked for, by number, with whoever waits for them. */
    final List<OpenCalls.Opened> opened = new ArrayList<>();

    /** Calls whose end was taken. */
    final List<OpenCalls.Ended> ended = new ArrayList<>();

    /** To which it emits. */
    private final Set<String> streams = new HashSet<>();

    /** Streams whose next event has failed; it is tried again in another step. */
    final Set<String> failed = new HashSet<>();

    int taken;

    /** Whether it passed over events that are nothing to do here, behind which there may be more. */
    boolean passedOver;

    long emittedBytes;

    /** What batches set aside in this step, or write of what they had. */
    long asideBytes;

    /** What was taken last. */
    @Nullable
    Taken last;

    /**
     * Something that a handler runs for.
     *
     * @param stream of the event; {@code timer}, {@code call} or the name of a tick for what is in no stream
     * @param sequence in the stream, or its number
     * @param place in the event, where that is a {@link Bundle}
     * @param origin of which event of a log it came, null if of none
     * @param replay whether it is processed again after a rebuild
     * @param at when it was, to its handler
     */
    record Taken(
            String stream,
            long sequence,
            int place,
            byte[] payload,
            @Nullable Origin origin,
            boolean replay,
            Instant at) {

        /** Something that is alone in its event. */
        Taken(String stream, long sequence, byte[] payload, @Nullable Origin origin, boolean replay, Instant at) {
            this(stream, sequence, 0, payload, origin, replay, at);
        }

        /** As which those know its stream who look at what is parked or was put aside. */
        String name() {
            return Bundle.name(stream, place);
        }
    }

    /** How many events a step takes: as many as somebody has said, and fewer where a step of more was too large, until some were not. */
    static final class Inputs {
        /** Most events of one step. */
        static final int MAX = 1_024;

        /** Most events of one step of a view of which somebody has said so. */
        private static final int MAX_SAID = 4_096;

        private final Supplier<Surroundings.Tuning> tuning;
        private int max = MAX_SAID;

        Inputs(Supplier<Surroundings.Tuning> tuning) {
            this.tuning = tuning;
        }

        int max() {
            int said = tuning.get().stepInputs();
            return Math.min(said == 0 ? MAX : said, max);
        }

        /** The next step takes one. */
        void one() {
            max = 1;
        }

        /** A step was not too large. */
        void more() {
            max = Math.min(MAX_SAID, max * 2);
        }

        /** A step of so many was too large. */
        void fewerThan(int taken) {
            max = Math.max(1, Math.min(taken, max) / 2);
        }
    }

    /**
     * A step whose append is under way, with what is to be done once it counts.
     *
     * @param before the step before it
     * @param positions as they are with it, in their form
     */
    record InFlight(StepWork work, long before, Changes changes, byte[] positions, Streams.Pending pending) {}

    /** A handler has waited for the step before, and that does not count, or nobody knows. No exception: whoever catches those is not to have it. */
    static final class Unsettled extends Error {
        private static final long serialVersionUID = 1;

        /** Null when another leads. */
        private final @Nullable RuntimeException failure;

        Unsettled(@Nullable RuntimeException failure) {
            super("the step before does not count", failure);
            this.failure = failure;
        }

        /** Throws why nobody knows; does nothing where it is known that the step does not count. */
        void throwFailure() {
            if (failure != null) {
                throw failure;
            }
        }
    }

    StepWork(Instant begun) {
        this.endsAt = begun.plus(STEP_TIME);
    }

    boolean isFull(int inputsMax, InstantSource time) {
        return taken >= inputsMax
                || emittedBytes > MAX_EMITTED_BYTES / 2
                || asideBytes > MAX_ASIDE_BYTES
                || (taken > 0 && streams.size() > MAX_STREAMS)
                || (taken > 0 && isLate(time));
    }

    /** Whether it has gone on for as long as a step does. */
    boolean isLate(InstantSource time) {
        return time.instant().isAfter(endsAt);
    }

    /** What a key has as bytes at most: exactly where that matters. */
    static long bytes(String key) {
        return key.length() <= MAX_KEY_BYTES / 3 ? 3L * key.length() : key.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Emits an event that no handler did. */
    void emit(Streams.Append append) {
        emitted.add(append);
        streams.add(append.stream());
        emittedBytes += append.payload().length + EVENT_BYTES;
    }

    /** Takes what a handler did, once it returned. */
    void took(Taken what, RunningStep step) {
        emitted.addAll(step.emitted());
        for (Streams.Append append : step.emitted()) {
            emittedBytes += append.payload().length + EVENT_BYTES;
            streams.add(append.stream());
        }
        opened.addAll(step.opened());
        last = what;
        Origin origin = what.origin();
        if (origin != null) {
            origins.add(origin);
        }
        Answer said = step.said();
        if (said != null) {
            answers.add(said);
        }
        taken++;
    }

    /** Takes what has failed for good, with a dead letter that says so. */
    void putAside(Taken what, String letters, String reason) {
        emit(new Streams.Append(letters, what.name() + "@" + what.sequence() + ": " + reason, what.payload(), null));
        taken++;
        Origin origin = what.origin();
        if (origin != null) {
            origins.add(origin);
        }
    }

    /** What it emits to streams that lie beside it. */
    List<Streams.Append> beside(Streams streams) {
        List<Streams.Append> beside = new ArrayList<>(emitted);
        beside.removeIf(append -> !streams.isBeside(append.stream()));
        return beside.size() > 1 && streams.takesBundles() ? Bundle.of(beside) : beside;
    }

    /** What it emits to streams of other shards, by their address there. */
    List<Streams.Append> beyond(Streams streams) {
        return emitted.stream()
                .filter(append -> !streams.isBeside(append.stream()))
                .map(append -> new Streams.Append(
                        streams.address(append.stream()), append.key(), append.payload(), append.hop()))
                .toList();
    }

    /** Origins of what is under way once the step counts: hops, and calls that were asked for. */
    List<Origin> underWay() {
        List<Origin> origins = new ArrayList<>();
        for (Streams.Append append : emitted) {
            Streams.Hop hop = append.hop();
            Origin origin = hop == null ? null : hop.origin();
            if (origin != null) {
                origins.add(origin);
            }
        }
        for (OpenCalls.Opened call : opened) {
            Origin origin = call.origin();
            if (origin != null) {
                origins.add(origin);
            }
        }
        return origins;
    }
}
