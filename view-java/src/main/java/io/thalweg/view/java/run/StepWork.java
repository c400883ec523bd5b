package io.thalweg.view.java.run;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
     * @param origin of which event of a log it came, null if of none
     * @param replay whether it is processed again after a rebuild
     * @param at when it was, to its handler
     */
    record Taken(
            String stream,
            long sequence,
            byte[] payload,
            @Nullable Origin origin,
            boolean replay,
            Instant at) {}

    StepWork(Instant begun) {
        this.endsAt = begun.plus(STEP_TIME);
    }

    boolean isFull(int inputsMax, InstantSource time) {
        return taken >= inputsMax
                || emittedBytes > MAX_EMITTED_BYTES / 2
                || asideBytes > MAX_ASIDE_BYTES
                || (taken > 0 && streams.size() > MAX_STREAMS)
                || (taken > 0 && time.instant().isAfter(endsAt));
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
