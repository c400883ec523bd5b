package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.IndexKeys;
import io.thalweg.index.IndexReader;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.KeyGuard;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.Limits;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.MisalignedException;
import io.thalweg.view.java.OtherIndex;
import io.thalweg.view.java.OtherQuery;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.Step;
import io.thalweg.view.java.query.OtherView;
import io.thalweg.view.java.query.QueryRun;
import io.thalweg.view.java.query.QuerySite;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a handler does while it runs; the partition takes it when it returns. */
final class RunningStep implements Step {
    private static final Duration QUERY_TIME = Duration.ofSeconds(2);

    private final Partition partition;
    private final Wiring wiring;
    private final Overlay overlay;
    private final Instant now;
    private final @Nullable Origin origin;
    private final boolean replay;
    private final List<Streams.Append> emitted = new ArrayList<>();
    private final List<OpenCalls.Opened> opened = new ArrayList<>();
    private final Map<String, OtherView> others = new HashMap<>();
    private long emittedBytes;
    private @Nullable Answer said;
    private String key = "";
    private boolean aligned;

    /** Of the key; below 0 until somebody asks. */
    private int slot = -1;

    RunningStep(
            Partition partition, Wiring wiring, Overlay overlay, Instant now, @Nullable Origin origin, boolean replay) {
        this.partition = partition;
        this.wiring = wiring;
        this.overlay = overlay;
        this.now = now;
        this.origin = origin;
        this.replay = replay;
    }

    /** Says what the event is about; without a key of its own it stands in no slot. */
    void key(String about, boolean isKey) {
        key = about;
        aligned = isKey;
        slot = -1;
    }

    /** Goes home to the partition that owns the event's key, through the same log's handler. */
    void forward(int owner, String about, byte[] payload, String log) {
        add(new Streams.Append(Wiring.hops(owner), about, payload, new Streams.Hop(log, origin, replay, now)));
    }

    /** What no stream takes is the handler's fault, not the step's. */
    private void add(Streams.Append append) {
        if (append.payload().length > Limits.MAX_EVENT_BYTES) {
            throw new IllegalArgumentException("an event for " + append.stream() + " has " + append.payload().length
                    + " bytes, at most " + Limits.MAX_EVENT_BYTES + " are possible" + Wiring.userLine());
        }
        String its = append.key();
        long bytes = its == null ? 0 : StepWork.bytes(its);
        if (bytes > StepWork.MAX_KEY_BYTES) {
            throw new IllegalArgumentException("the key of an event for " + append.stream() + " has " + bytes
                    + " bytes, at most " + StepWork.MAX_KEY_BYTES + " are possible" + Wiring.userLine());
        }
        emittedBytes += append.payload().length + bytes + StepWork.EVENT_BYTES;
        requireRoom();
        emitted.add(append);
    }

    /** Refuses when it has emitted more than a step may, whoever has caught that before. */
    void requireRoom() {
        if (emittedBytes > StepWork.MAX_EMITTED_BYTES) {
            throw new IllegalStateException("one event emits more than " + StepWork.MAX_EMITTED_BYTES + " bytes");
        }
    }

    List<Streams.Append> emitted() {
        return emitted;
    }

    List<OpenCalls.Opened> opened() {
        return opened;
    }

    @Nullable
    Answer said() {
        return said;
    }

    @Override
    public String key() {
        return key;
    }

    /** Where the key lies. */
    private int slot() {
        int known = slot;
        if (known < 0) {
            known = Slots.of(key);
            slot = known;
        }
        return known;
    }

    @Override
    public Instant now() {
        return now;
    }

    @Override
    public <T> IndexWriter<T> index(Index<T> index) {
        if (!aligned) {
            throw new MisalignedException("this event has no key, so no part of index " + index.name()
                    + " is at hand; hop to the key first" + Wiring.userLine());
        }
        Batch batch = wiring.declaration().writer(index);
        if (batch != null) {
            throw new DeclarationException("index " + index.name() + " belongs to batch " + batch.name()
                    + ", which alone writes it; a handler reads it by a query" + Wiring.userLine());
        }
        int slot = slot();
        if (!wiring.owns(slot)) {
            throw new MisalignedException("key \"" + key + "\" lies in another partition than this event, which was"
                    + " appended to partition " + wiring.partition() + " whatever its key; hop to it"
                    + Wiring.userLine());
        }
        KeyGuard guard = IndexKeys.within(
                index,
                slot,
                key,
                other -> new MisalignedException(
                        "key \"" + other + "\" of index " + index.name() + " lies elsewhere than \"" + key
                                + "\", which this event is about; hop to it" + Wiring.userLine()));
        return partition.index(index).writer(overlay, slot, guard);
    }

    @Override
    public <A, R> @Nullable R ask(Query<A, R> query, A arguments) {
        declared(wiring.declaration().queries(), query, "query", query.name());
        partition.settleWithin(); // it sees the step before
        QuerySite site = partition.site();
        long untilNs = System.nanoTime() + QUERY_TIME.toNanos();
        QueryRun run = new QueryRun(
                partition.ground(site.moments().get()), site.helpers(), site.others(), System::nanoTime, untilNs);
        return run.answer(query, arguments);
    }

    @Override
    public <T> IndexReader<T> index(OtherIndex<T> index, String its) {
        declared(
                wiring.declaration().others().stream()
                        .flatMap(each -> each.indexes().stream())
                        .toList(),
                index,
                "index",
                index.index().name() + " of view " + index.view());
        partition.settleWithin(); // what others have may come of it
        OtherView other = opened(index.view());
        return other.reader(index.index(), its, UnaryOperator.identity());
    }

    private OtherView opened(String view) {
        OtherView known = others.get(view);
        if (known == null) {
            known = partition.site().others().open(view);
            others.put(view, known);
        }
        return known;
    }

    /** Lets go of what it has read beside, once its handler has returned. */
    void close() {
        others.values().forEach(OtherView::close);
        others.clear();
    }

    @Override
    public <A, R> @Nullable R ask(OtherQuery<A, R> query, A arguments) {
        declared(
                wiring.declaration().others().stream()
                        .flatMap(each -> each.queries().stream())
                        .toList(),
                query,
                "query",
                query.name() + " of view " + query.view());
        partition.settleWithin(); // it may ask back
        QuerySite site = partition.site();
        long untilNs = System.nanoTime() + QUERY_TIME.toNanos();
        return QueryRun.ask(query, arguments, site.helpers(), site.others(), System::nanoTime, untilNs);
    }

    @SuppressWarnings("ReferenceEquality") // at first, as it is for each event: comparing what records have costs a hop
    private <S> void declared(List<? extends S> all, S one, String what, String name) {
        for (S each : all) {
            if (each == one) {
                return;
            }
        }
        if (!all.contains(one)) {
            throw new DeclarationException(what + " " + name + " is not declared by this view" + Wiring.userLine());
        }
    }

    @Override
    public <E> void hop(Source.Hop<E> hop, E event) {
        declared(wiring.declaration().sources(), hop, "hop", hop.name());
        String target = hop.key().apply(event);
        int owner = Slots.partition(Slots.of(target), wiring.partitions());
        add(new Streams.Append(
                Wiring.hops(owner),
                target,
                hop.codec().encode(event),
                new Streams.Hop(hop.name(), origin, replay, now)));
    }

    @Override
    public <E> void hopTo(int target, Source.Hop<E> hop, E event) {
        declared(wiring.declaration().sources(), hop, "hop", hop.name());
        if (target < 0 || target >= wiring.partitions()) {
            throw new IllegalArgumentException("hop " + hop.name() + " goes to partition " + target
                    + ", and the view has partitions 0 to " + (wiring.partitions() - 1) + Wiring.userLine());
        }
        add(new Streams.Append(
                Wiring.hops(target),
                null,
                hop.codec().encode(event),
                new Streams.Hop(hop.name(), origin, replay, now)));
    }

    @Override
    public <E> void hopToAll(Source.Hop<E> hop, E event) {
        declared(wiring.declaration().sources(), hop, "hop", hop.name());
        byte[] payload = hop.codec().encode(event);
        for (int target = 0; target < wiring.partitions(); target++) {
            add(new Streams.Append(
                    Wiring.hops(target), null, payload, new Streams.Hop(hop.name(), origin, replay, now)));
        }
    }

    @Override
    public <E> void emit(Output<E> output, String about, E event) {
        declared(wiring.declaration().outputs(), output, "output", output.name());
        if (replay && partition.isSilent()) {
            return; // the state that answered then has emitted it
        }
        add(new Streams.Append(
                wiring.output(output.name(), about), about, output.codec().encode(event), null));
    }

    @Override
    public <E> void schedule(Source.Timer<E> timer, Instant at, E event) {
        declared(wiring.declaration().sources(), timer, "timer", timer.name());
        // What is over is due now: a timer of before would be one that others may have had.
        Instant due = at.isBefore(now) ? now : at;
        partition.schedule(timer.name(), key, due, timer.codec().encode(event), replay);
    }

    @Override
    public <Q> void call(Source.Call<Q, ?> call, Q question) {
        declared(wiring.declaration().sources(), call, "call", call.name());
        if (replay && (partition.isSilent() || !call.options().inReplays())) {
            return; // of a state beside another that one has made it
        }
        opened.add(partition.open(call.name(), key, call.question().encode(question), origin, replay));
    }

    @Override
    public boolean isReplay() {
        return replay;
    }

    @Override
    public void answer(Object answer) {
        if (origin != null) { // nobody waits for what a timer or a tick says
            said = new Answer(origin, Answers.json(answer));
        }
    }
}
