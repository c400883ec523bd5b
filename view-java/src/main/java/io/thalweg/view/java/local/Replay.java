package io.thalweg.view.java.local;

import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.view.java.Scene;
import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.Answers;
import io.thalweg.view.java.run.CallRunner;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One event again, handler by handler, in the world as it was before its partition took it: {@link #next} runs the next handler that the event
 * leads to, its own first, then those of what hops of it. Between two of them {@link #view} shows the indexes. Handlers run as they do in tests: a
 * breakpoint in one is met. Calls to the outside are not made. One thread.
 */
public final class Replay {
    /** No call that a replay asks for is made. */
    static final CallRunner NO_CALLS = new CallRunner() {
        @Override
        public void run(Duration delay, Duration timeout, Work work, Consumer<Result> done) {}

        @Override
        public String transfer(UUID id, String ledger, Scene.Money money) {
            throw new UnsupportedOperationException("nothing goes outside in a replay");
        }
    };

    private final LocalView view;
    private final Origin origin;
    private final Deque<Origin> waiting = new ArrayDeque<>();

    /**
     * What a handler did.
     *
     * @param partition that it ran in
     * @param through the hop, or the log, that the event came through
     * @param indexes that it changed
     * @param emitted in its order, hops among it
     * @param answer to who appended the event; null for none
     * @param failure why it did not get through; null if it did
     */
    public record Handled(
            int partition,
            String through,
            @Nullable String key,
            byte[] payload,
            List<String> indexes,
            List<Emitted> emitted,
            @Nullable Object answer,
            @Nullable String failure) {}

    /**
     * What a handler emitted.
     *
     * @param to a hop, or a log
     */
    public record Emitted(String to, @Nullable String key, byte[] payload) {}

    private Replay(LocalView view, Origin origin) {
        this.view = view;
        this.origin = origin;
        waiting.add(origin);
    }

    static Replay of(LocalView now, Origin event) {
        MemoryStreams streams = now.streams();
        for (int partition = 0; partition < now.partitions(); partition++) {
            String changes = Wiring.changes(partition);
            for (Streams.Event step : streams.read(changes, 0, Integer.MAX_VALUE)) {
                Overlay cells = new Overlay(new MemoryStore().latest());
                Surroundings.space(now.id())
                        .applyPosition(StepRecord.read(step.payload()).changes(), partition, cells);
                long taken = StepStore.taken(Surroundings.space(now.id()), partition, cells)
                        .getOrDefault(event.stream(), 0L);
                if (taken >= event.sequence()) {
                    return new Replay(
                            now.before(
                                    streams.number(changes, step.sequence()), streams.time(changes, step.sequence())),
                            event);
                }
            }
        }
        throw new IllegalArgumentException("no partition has taken " + event.text() + ": process it first");
    }

    /** The view in the world of the replay, as the handlers so far have left it. */
    public LocalView view() {
        return view;
    }

    /** Whether the event leads to another handler. */
    public boolean hasNext() {
        return !waiting.isEmpty();
    }

    /** Runs the next handler that the event leads to, after what lies before it. */
    public Handled next() {
        Origin input = waiting.poll();
        if (input == null) {
            throw new NoSuchElementException("the event leads to no other handler");
        }
        Partition leader = view.leader(partition(input));
        while (taken(leader, input.stream()) + 1 < input.sequence()) {
            requireMoved(leader.stepOfOne() || leader.hasFailures(), input);
        }
        long before = leader.steps();
        while (taken(leader, input.stream()) < input.sequence()) {
            boolean moved = leader.stepOfOne() || leader.hasFailures();
            for (Partition.Parked parked : leader.parked()) {
                if (parked.stream().equals(input.stream()) && parked.sequence() == input.sequence()) {
                    return handled(leader, input, List.of(), parked.reason());
                }
            }
            requireMoved(moved, input);
        }
        return handled(
                leader,
                input,
                leader.steps() == before ? List.of() : view.streams().lastAppend(),
                null);
    }

    private static void requireMoved(boolean moved, Origin to) {
        if (!moved) {
            throw new IllegalStateException("the replay does not come to " + to.text()
                    + ": an event before it is parked, or the code does not follow it any more");
        }
    }

    private static long taken(Partition leader, String stream) {
        return leader.taken().getOrDefault(stream, 0L);
    }

    private int partition(Origin input) {
        for (int i = 0; i < view.partitions(); i++) {
            if (Wiring.hops(i).equals(input.stream()) || taken(view.leader(i), input.stream()) > 0) {
                return i;
            }
        }
        // Nothing of the log was taken before: who follows a stream is who has its slots.
        String log = input.stream().substring(0, input.stream().lastIndexOf('/'));
        for (int i = 0; i < view.partitions(); i++) {
            if (view.streams().parts(log, i).stream()
                    .anyMatch(part -> part.stream().equals(input.stream()))) {
                return i;
            }
        }
        throw new IllegalStateException("no partition follows " + input.stream());
    }

    private Handled handled(
            Partition leader, Origin input, List<MemoryStreams.Placed> appended, @Nullable String failure) {
        Streams.Event event =
                view.streams().read(input.stream(), input.sequence() - 1, 1).getFirst();
        List<String> indexes = new ArrayList<>();
        List<Emitted> emitted = new ArrayList<>();
        Object said = null;
        for (MemoryStreams.Placed each : appended) {
            Streams.Append append = each.append();
            if (append.stream().equals(Wiring.changes(partition(input)))) {
                StepRecord step = StepRecord.read(append.payload());
                for (String name : view.indexes()) {
                    var index = leader.index(name);
                    if (index != null && index.isTouched(step.changes())) {
                        indexes.add(name);
                    }
                }
                for (Answer answer : step.answers()) {
                    if (answer.to().equals(origin)) {
                        said = Answers.parse(answer.json());
                    }
                }
                continue;
            }
            Streams.Hop hop = append.hop();
            emitted.add(new Emitted(hop == null ? append.stream() : hop.through(), append.key(), append.payload()));
            if (hop != null && origin.equals(hop.origin())) {
                waiting.add(new Origin(append.stream(), each.sequence()));
            }
        }
        Streams.Hop through = event.hop();
        String log = input.stream().substring(0, input.stream().lastIndexOf('/'));
        return new Handled(
                partition(input),
                through == null ? log : through.through(),
                event.key(),
                event.payload(),
                indexes,
                emitted,
                said,
                failure);
    }
}
