package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Bytes;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Completed;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Scene;
import io.thalweg.view.java.Source;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The calls to the outside that a partition has open. A step that asks for a call writes it into an index of the view's own; when the step
 * counts, the leader makes the call; what came of it is taken by a step, which removes it. A leader that takes over makes all open calls,
 * under the same identifiers. While {@value #OPEN_MAX} are open, {@value #RUNNING_MAX} of which run, the partition takes nothing in but their
 * ends; what these ask for once {@value #ENDS_OPEN_MAX} are open has failed. Ends come from any thread; the rest is for the partition's.
 */
final class OpenCalls {
    /** As the stream that ends of calls come from. */
    static final String CALL = "call";

    static final int OPEN_MAX = 10_000;
    static final int RUNNING_MAX = 64;

    /** More than what one event adds to {@link #OPEN_MAX}, which has to fit into a step. */
    static final int ENDS_OPEN_MAX = 50_000;

    /** Pause before the second try; twice as long before each that follows. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final int PAUSE_SHIFT_MAX = 8;

    /**
     * A call as it is kept.
     *
     * @param origin empty if it came of no event of a log
     * @param id under which another state of the view has made it before it was handed over; empty for one of this state's own
     */
    record OpenCall(String call, String key, Bytes question, String origin, boolean replay, String id) {}

    static final Index<Map<Long, OpenCall>> CALLS = Index.of(
            "view_calls",
            Schema.map(Schema.of(Long.class), Schema.record(OpenCall.class).orElse(OpenCall::id, ""))
                    .unsized());

    /** A call that a step asked for. */
    record Opened(long number, @Nullable Origin origin) {}

    /** A call that is over. */
    record Ended(long number, CallRunner.Result result) {}

    private final Partition partition;
    private final Wiring wiring;
    private final CallRunner runner;
    private final UUID view;
    private final Set<Long> waiting = new TreeSet<>();
    private final Set<Long> running = new HashSet<>();

    /** Calls that the step that is being made asks for. */
    private int asked;

    /** Calls that the step asks for whose append is under way. */
    private int inFlight;

    private final Queue<Ended> ends = new ConcurrentLinkedQueue<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    OpenCalls(Partition partition, Wiring wiring, CallRunner runner, UUID view) {
        this.partition = partition;
        this.wiring = wiring;
        this.runner = runner;
        this.view = view;
    }

    private IndexWriter<Map<Long, OpenCall>> calls() {
        return partition.index(CALLS).writer(partition.overlay(), wiring.slot());
    }

    /** Whether a partition of any state has a call open that an event of a log came to. */
    static boolean isOpen(IndexSpace space, int partition, int partitions, Overlay cells, Origin origin) {
        String text = origin.text();
        return space
                .open(CALLS, cells)
                .reader(cells, Slots.first(partition, partitions))
                .at(Maps.<Long, OpenCall>values())
                .all()
                .stream()
                .anyMatch(call -> call.origin().equals(text));
    }

    /** Finds those that a leader before has left. */
    void begin() {
        waiting.addAll(calls().at(Maps.<Long, OpenCall>keys()).all());
    }

    boolean isFull() {
        return open() >= OPEN_MAX;
    }

    private int open() {
        return waiting.size() + running.size() + inFlight + asked;
    }

    /** Has somebody hear when one has ended, from any thread. */
    void onEnd(Runnable listener) {
        listeners.add(listener);
    }

    /** Whether one has ended that no step has taken. */
    boolean hasEnds() {
        return !ends.isEmpty();
    }

    /**
     * Writes a call down, on behalf of the step under way.
     *
     * @throws IllegalStateException when there are too many, which only ends of calls come to
     */
    Opened open(String call, String key, byte[] question, @Nullable Origin origin, boolean replay) {
        if (open() >= ENDS_OPEN_MAX) {
            throw new IllegalStateException("call " + call + " cannot be asked for: " + open()
                    + " calls of the partition are open, and ends of calls may bring that to " + ENDS_OPEN_MAX
                    + Wiring.userLine());
        }
        asked++;
        long number = partition.positions().nextNumber();
        calls().at(Maps.key(number))
                .set(new OpenCall(call, key, new Bytes(question), origin == null ? "" : origin.text(), replay, ""));
        return new Opened(number, origin);
    }

    /** The step that asked for calls is on its way; if it does not count, all this is dropped. */
    void sent(StepWork work) {
        inFlight = work.opened.size();
        asked = 0;
    }

    /** The step that asked for calls counts. */
    void opened(StepWork work) {
        inFlight = 0;
        work.opened.forEach(call -> waiting.add(call.number()));
        work.ended.forEach(call -> running.remove(call.number()));
        start();
    }

    /** The step that took ends of calls does not count, but another will. */
    void back(StepWork work) {
        ends.addAll(work.ended);
    }

    /** A step begins, which has asked for nothing yet. */
    void stepBegins() {
        asked = 0;
    }

    /** Makes calls that wait, as far as there is room. */
    void start() {
        while (running.size() < RUNNING_MAX && !waiting.isEmpty()) {
            long number = waiting.iterator().next();
            waiting.remove(number);
            OpenCall call = calls().at(Maps.key(number)).get();
            if (call == null) {
                continue; // left out meanwhile
            }
            running.add(number);
            Source.Call<?, ?> source = source(call.call());
            if (source == null) {
                ends.add(new Ended(
                        number, new CallRunner.Result(null, "the view has no call " + call.call() + " any more")));
            } else {
                attempt(source, number, id(call, number), call.question().value(), 1);
            }
        }
    }

    private Source.@Nullable Call<?, ?> source(String name) {
        for (Source source : wiring.declaration().sources()) {
            if (source instanceof Source.Call<?, ?> call && call.name().equals(name)) {
                return call;
            }
        }
        return null;
    }

    private UUID id(OpenCall call, long number) {
        return id(call, view, wiring.partition(), number);
    }

    /** By which a call is known outside, however often and in whichever state of the view it is tried. */
    static UUID id(OpenCall call, UUID view, int partition, long number) {
        return !call.id().isEmpty()
                ? UUID.fromString(call.id())
                : UUID.nameUUIDFromBytes(ByteBuffer.allocate(28)
                        .putLong(view.getMostSignificantBits())
                        .putLong(view.getLeastSignificantBits())
                        .putInt(partition)
                        .putLong(number)
                        .array());
    }

    private <Q, A> void attempt(Source.Call<Q, A> call, long number, UUID id, byte[] question, int attempt) {
        Scene scene = new Try(id, attempt);
        CallRunner.Work work = () ->
                call.answer().encode(call.outside().call(scene, call.question().decode(question)));
        Duration delay =
                attempt == 1 ? Duration.ZERO : PAUSE.multipliedBy(1L << Math.min(attempt - 2, PAUSE_SHIFT_MAX));
        runner.run(delay, call.options().timeout(), work, result -> {
            if (closed) {
                return;
            }
            if (result.failure() != null && attempt < call.options().attempts()) {
                attempt(call, number, id, question, attempt + 1);
                return;
            }
            ends.add(new Ended(number, result));
            listeners.forEach(Runnable::run);
        });
    }

    /** One try of a call. */
    private final class Try implements Scene {
        private final UUID id;
        private final int attempt;

        Try(UUID id, int attempt) {
            this.id = id;
            this.attempt = attempt;
        }

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public int attempt() {
            return attempt;
        }

        @Override
        public String transfer(String ledger, Money money) throws InterruptedException {
            return runner.transfer(id, ledger, money);
        }
    }

    /** Takes the ends that there are. */
    void take(StepWork work) {
        while (partition.takes(CALL, work)) {
            Ended end = ends.peek();
            if (end == null) {
                return;
            }
            OpenCall call = calls().at(Maps.key(end.number())).get();
            if (call != null && !take(end, call, work)) {
                return;
            }
            ends.remove();
            work.ended.add(end);
            calls().at(Maps.key(end.number())).remove();
        }
    }

    private boolean take(Ended end, OpenCall call, StepWork work) {
        Origin origin = call.origin().isEmpty() ? null : Origin.parse(call.origin());
        boolean replay = partition.isReplay(call.replay());
        var what = new StepWork.Taken(CALL, end.number(), call.question().value(), origin, replay, partition.now());
        return partition.run(what, work, step -> {
            step.key(call.key(), true);
            Source.Call<?, ?> source = source(call.call());
            if (source == null) {
                throw new DeclarationException(
                        "the view has no call " + call.call() + " any more, and this one was asked for");
            }
            ended(source, step, call.question().value(), end.result());
        });
    }

    private static <Q, A> void ended(Source.Call<Q, A> call, RunningStep step, byte[] question, CallRunner.Result end)
            throws Exception {
        byte[] answer = end.answer();
        call.handler()
                .handle(
                        step,
                        new Completed<>(
                                call.question().decode(question),
                                answer == null ? null : call.answer().decode(answer),
                                end.failure()));
    }

    /** Leaves out the end of a call. */
    void leaveOut(long number) {
        calls().at(Maps.key(number)).remove();
        ends.removeIf(end -> end.number() == number);
        running.remove(number);
        waiting.remove(number);
    }

    /** What ends from now on is nobody's business. */
    void close() {
        closed = true;
    }
}
