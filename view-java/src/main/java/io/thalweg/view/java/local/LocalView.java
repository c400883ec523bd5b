package io.thalweg.view.java.local;

import io.thalweg.index.Index;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.Path;
import io.thalweg.index.path.Selection;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Reading;
import io.thalweg.model.Slots;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import io.thalweg.view.java.query.Helpers;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.NamedQueries;
import io.thalweg.view.java.query.OtherView;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.query.QueryGround;
import io.thalweg.view.java.query.QueryRun;
import io.thalweg.view.java.query.QuerySite;
import io.thalweg.view.java.run.CallRunner;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.Settled;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A whole view inside the process, for tests of views: all partitions, their streams and stores in memory, and time that moves when it is
 * told to. Nothing runs by itself: {@link #process} runs what waits until nothing does. {@link #crash} kills the leader of a partition,
 * with the tail that its store had not written. {@link #replay} shows what became of one event. Several views on the same logs are a {@link
 * LocalNode}. One thread.
 */
public final class LocalView {
    /** When time begins. */
    static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

    private static final Duration QUERY_TIME = Duration.ofSeconds(10);

    private UUID id;
    private boolean rebuilt;
    private Supplier<View> code;
    private final int partitions;
    private MemoryStreams streams;
    private final CallRunner calls;
    private final Others others;
    private final LocalTime time;
    private final List<MemoryStore> stores = new ArrayList<>();
    private final List<StepStore> ways = new ArrayList<>();
    private final List<Partition> leaders = new ArrayList<>();
    private @Nullable LocalState beside;
    private @Nullable LocalState previous;

    /** Since when what answers takes in nothing; null when it does. */
    private @Nullable Instant held;

    private final LocalAnswers answers = new LocalAnswers();

    /** States of the view so far, the number of the newest. */
    long versions;

    /** @throws DeclarationException if the view declares what does not fit */
    public LocalView(Supplier<View> code, int partitions) {
        this(code, partitions, CallRunner.INLINE);
    }

    /**
     * @param calls where calls to the outside run
     * @throws DeclarationException if the view declares what does not fit
     */
    public LocalView(Supplier<View> code, int partitions, CallRunner calls) {
        this(code, partitions, calls, new LocalTime(BEGINNING));
    }

    private LocalView(Supplier<View> code, int partitions, CallRunner calls, LocalTime time) {
        this(code, partitions, calls, Others.NONE, time, new MemoryStreams(time), new UUID(0, 1), false);
    }

    LocalView(
            Supplier<View> code,
            int partitions,
            CallRunner calls,
            Others others,
            LocalTime time,
            MemoryStreams streams,
            UUID id,
            boolean rebuilt) {
        this.code = code;
        this.partitions = partitions;
        this.calls = calls;
        this.others = others;
        this.time = time;
        this.streams = streams;
        this.id = id;
        this.rebuilt = rebuilt;
        this.versions = id.getLeastSignificantBits();
        for (int i = 0; i < partitions; i++) {
            stores.add(new MemoryStore());
            ways.add(new StepStore(stores.getLast()));
            leaders.add(lead(i, streams));
        }
    }

    /** Another leader of a partition, from what is durable; the one before finds out at its next step. */
    Partition lead(int partition, Streams through) {
        return lead(partition, through, ways.get(partition), calls);
    }

    Partition lead(int partition, Streams through, StepStore store, CallRunner outside) {
        return new Partition(
                new Wiring(code.get(), partition, partitions),
                new Surroundings(
                        id,
                        rebuilt,
                        through,
                        store,
                        time,
                        answers,
                        outside,
                        new QuerySite(this::moment, Helpers.NONE, others)));
    }

    private Moment moment() {
        return moment(id);
    }

    private Moment moment(UUID of) {
        Moment raw = rawMoment();
        Moment settled = Settled.of(raw, Surroundings.space(of), partitions);
        if (settled == null) {
            throw new IllegalStateException("a partition is not where the others are: give it a leader first");
        }
        return settled;
    }

    /** This view as others read it. */
    OtherView asOther() {
        return new OtherView(
                partitions,
                Surroundings.space(id),
                moment(),
                () -> new OtherView.Code(queries(), leaders.getFirst().others()));
    }

    /** What the stores have, batches that are written in some of them only among it. */
    Moment rawMoment() {
        return LocalMoment.of(stores);
    }

    /** What its steps answer. */
    LocalAnswers answers() {
        return answers;
    }

    MemoryStreams streams() {
        return streams;
    }

    UUID id() {
        return id;
    }

    StepStore way(int partition) {
        return ways.get(partition);
    }

    MemoryStore store(int partition) {
        return stores.get(partition);
    }

    /** Has another replica lead from now on; whoever leads is set by itself. */
    void replica(int partition, MemoryStore store, StepStore way) {
        stores.set(partition, store);
        ways.set(partition, way);
    }

    Partition leader(int partition) {
        return leaders.get(partition);
    }

    void leader(int partition, Partition leader) {
        leader.hold(held);
        leaders.set(partition, leader);
    }

    /**
     * Appends an event of a key to a log.
     *
     * @return where it stands, for {@link #answer}
     */
    public String append(String log, String key, byte[] payload) {
        String stream = streams.owner(log, partitions, Slots.of(key));
        streams.append(stream, streams.newest(stream), List.of(new Streams.Append(stream, key, payload, null)));
        return stream + "@" + streams.newest(stream);
    }

    /** Splits a log: slots of a partition, from {@code firstSlot} on, go to a new one. The view's partitions stay. */
    public void split(String log, int partition, int firstSlot) {
        streams.split(log, partitions, partition, firstSlot);
    }

    /** What a handler answered to an event, null if it did not, or not yet. */
    public @Nullable Object answer(String event) {
        return answers.find(event);
    }

    /** Appends an event, processes what waits, and gives the answer. */
    public @Nullable Object ask(String log, String key, byte[] payload) {
        String event = append(log, key, payload);
        process();
        return answer(event);
    }

    /**
     * Makes steps until no partition has anything to do. An event whose handler does not get what it asks of another view waits for time to go by
     * ({@link #advance}).
     */
    public void process() {
        while (turn()) {
            // until nobody has anything to do
        }
    }

    /** Has each partition make a step; false if none had anything to do. */
    boolean turn() {
        boolean more = false;
        for (Partition leader : leaders) {
            more |= turn(leader);
        }
        LocalState other = beside;
        for (Partition leader : other == null ? List.<Partition>of() : other.leaders) {
            more |= turn(leader);
        }
        return more;
    }

    private static boolean turn(Partition leader) {
        boolean made = leader.step();
        return made || leader.hasFailures() || leader.hasEnds();
    }

    /** Lets time go by, and processes what that brings. */
    public void advance(Duration time) {
        this.time.forward(time);
        process();
    }

    /**
     * Goes back to the moment before a partition took an event, in a world of its own, to process it again handler by handler. Nothing changes
     * here.
     *
     * @param event as {@link #append} gave it
     * @throws IllegalArgumentException if it was not taken yet
     */
    public Replay replay(String event) {
        return Replay.of(this, Origin.parse(event));
    }

    /** This view as it was before an append of its streams. */
    LocalView before(long number, Instant then) {
        LocalTime its = new LocalTime(then);
        return new LocalView(code, partitions, Replay.NO_CALLS, others, its, streams.before(number, its), id, rebuilt);
    }

    int partitions() {
        return partitions;
    }

    /** Names of its indexes. */
    List<String> indexes() {
        return wiring().indexes();
    }

    /** What its code declares. */
    Wiring wiring() {
        return new Wiring(code.get(), 0, partitions);
    }

    /** Kills the leader of a partition: its memory is gone, and of its store what was not written. Another one takes over. */
    public void crash(int partition, Random random) {
        stores.get(partition).crash(random);
        leader(partition, lead(partition, streams));
        LocalState other = beside;
        if (other != null) {
            other.leaders.set(partition, lead(partition, other));
        }
    }

    // --- a state of its own for other code

    private Partition lead(int partition, LocalState other) {
        return new Partition(
                new Wiring(other.code.get(), partition, partitions),
                new Surroundings(
                        other.id,
                        other.rebuilt,
                        other.streams,
                        ways.get(partition),
                        time,
                        other.heardBy(answers),
                        calls,
                        new QuerySite(() -> moment(other.id), Helpers.NONE, others),
                        new Surroundings.Ahead(id, ways, streams),
                        () -> Surroundings.Tuning.NONE));
    }

    void stand(LocalState other) {
        beside = other;
        leadBeside();
    }

    /** Others lead what stands beside, over the stores that answer now. */
    void leadBeside() {
        LocalState other = beside;
        if (other != null) {
            other.leaders.clear();
            for (int i = 0; i < partitions; i++) {
                other.leaders.add(lead(i, other));
            }
        }
    }

    /** What stands beside; null when nothing does. */
    @Nullable
    LocalState beside() {
        return beside;
    }

    /**
     * Has other code process what the logs have, from their beginning and into indexes of its own, beside the code that answers: it takes no event
     * before that one has, and nothing of it goes outside. It answers when it has {@link #takeOver taken over}.
     */
    public void deployBeside(Supplier<View> newCode) {
        beginBeside(newCode);
        process();
    }

    /** The same, and processes nothing yet. */
    void beginBeside(Supplier<View> newCode) {
        versions++;
        stand(new LocalState(new UUID(0, versions), false, newCode, streams.beside()));
    }

    /**
     * Has the code that stands beside answer from here on, if it is where the other is; what stands in the way otherwise.
     *
     * @return null when it has taken over
     */
    public @Nullable String takeOver() {
        LocalState other = beside;
        if (other == null) {
            return "nothing stands beside";
        }
        LocalTakeover takeover = new LocalTakeover(this, other);
        process();
        String obstacle = takeover.append();
        takeover.end();
        process();
        return obstacle;
    }

    /** What stands beside begins to take over, and does no more by itself; null when nothing stands there. */
    @Nullable
    LocalTakeover beginToTakeOver() {
        LocalState other = beside;
        return other == null ? null : new LocalTakeover(this, other);
    }

    LocalState today() {
        return new LocalState(id, rebuilt, code, streams);
    }

    List<StepStore> ways() {
        return ways;
    }

    Instant now() {
        return time.instant();
    }

    /** Lets time go by, and nothing else. */
    void pass(Duration by) {
        time.forward(by);
    }

    void hold(@Nullable Instant since) {
        held = since;
        leaders.forEach(each -> each.hold(since));
    }

    /** What stood beside answers, and what did stands behind. */
    void answer(LocalState other) {
        previous = today();
        beside = null;
        id = other.id;
        rebuilt = other.rebuilt;
        code = other.code;
        streams = other.streams;
        for (int i = 0; i < partitions; i++) {
            leaders.set(i, lead(i, streams));
        }
    }

    /** A partition of what stands beside; null when nothing does. */
    @Nullable
    Partition besideLeader(int partition) {
        return beside == null ? null : beside.leaders.get(partition);
    }

    /** Has the code from before the last {@link #takeOver} follow again, to take over in its turn. */
    public void standBack() {
        LocalState before = previous;
        if (before == null) {
            throw new IllegalStateException("nothing was taken over");
        }
        previous = null;
        stand(new LocalState(before.id, before.rebuilt, before.code, before.streams));
        process();
    }

    /** What is parked of the code that stands beside. */
    public List<Partition.Parked> parkedBeside() {
        LocalState other = beside;
        return other == null
                ? List.of()
                : other.leaders.stream()
                        .flatMap(leader -> leader.parked().stream())
                        .toList();
    }

    /** Puts other code in the place of the view's, on the same indexes and positions, and processes what waits. */
    public void deploy(Supplier<View> newCode) {
        take(newCode);
        process();
    }

    /** The same, and processes nothing yet. */
    void take(Supplier<View> newCode) {
        code = newCode;
        for (int i = 0; i < partitions; i++) {
            leaders.set(i, lead(i, streams));
        }
    }

    /** Begins anew, with empty indexes, from what the logs have; what goes outside does not go there again. */
    public void rebuild() {
        for (int i = 0; i < partitions; i++) {
            streams.remake(Wiring.changes(i), "");
            streams.remake(Wiring.hops(i), "");
        }
        versions++;
        id = new UUID(0, versions);
        rebuilt = true;
        beside = null;
        previous = null;
        for (int i = 0; i < partitions; i++) {
            leaders.set(i, lead(i, streams));
        }
        process();
    }

    /** What is parked, in all partitions. */
    public List<Partition.Parked> parked() {
        return leaders.stream().flatMap(leader -> leader.parked().stream()).toList();
    }

    /** Has parked events tried again. */
    public void retry() {
        leaders.forEach(leader -> leader.repairs().retry());
        process();
    }

    /** How many steps were made, by all partitions. */
    public int steps() {
        int steps = 0;
        for (int i = 0; i < partitions; i++) {
            steps += (int) streams.newest(Wiring.changes(i));
        }
        return steps;
    }

    /** Leaves out a parked event for ever, and goes on. */
    public void skip(Partition.Parked event) {
        leaders.stream()
                .filter(leader -> leader.parked().stream()
                        .anyMatch(parked -> parked.stream().equals(event.stream())))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("nothing is parked at " + event.stream()))
                .repairs()
                .skip(event);
        process();
    }

    /** Why events went to the dead letters, with where they stood. */
    public List<String> deadLetters() {
        List<String> reasons = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            streams.read(Wiring.deadLetters(i), 0, Integer.MAX_VALUE)
                    .forEach(event -> reasons.add(String.valueOf(event.key())));
        }
        return reasons;
    }

    /** Payloads of a log, partition by partition. */
    public List<byte[]> log(String log) {
        List<byte[]> payloads = new ArrayList<>();
        for (int i = 0; i < streams.partitions(log, partitions); i++) {
            streams.read(log + "/" + i, 0, Integer.MAX_VALUE).forEach(event -> payloads.add(event.payload()));
        }
        return payloads;
    }

    private QueryRun question() {
        long untilNs = System.nanoTime() + QUERY_TIME.toNanos();
        return new QueryRun(ground(), Helpers.NONE, others, System::nanoTime, untilNs);
    }

    /** What queries read from now, for tests that run them by themselves; its moment is to be closed. */
    public QueryGround ground() {
        return leaders.getFirst().ground(moment());
    }

    /** The queries that the view answers. */
    public List<Query<?, ?>> queries() {
        return leaders.getFirst().queries();
    }

    /** What a query answers from what is committed; it has ten seconds. */
    public <A, R> @Nullable R ask(Query<A, R> query, A arguments) {
        return question().answer(query, arguments);
    }

    /** What a query answers, by name and in JSON's form. */
    public @Nullable Object ask(String query, Map<String, ?> arguments) {
        Query<?, ?> named = NamedQueries.find(queries(), query);
        return NamedQueries.answer(question(), named, arguments);
    }

    /** What a path finds in the part of an index where a key lies, committed. */
    public <T, B> List<B> select(Index<T> index, String key, Path<T, B> path) {
        int slot = Slots.of(key);
        int owner = Slots.partition(slot, partitions);
        try (Moment moment = moment()) {
            return leaders.get(owner)
                    .index(index)
                    .reader(moment.partition(owner), slot)
                    .select(path);
        }
    }

    /** What a path in JSON's form finds in the part of an index where a key lies, committed and as JSON. */
    public List<@Nullable Object> select(String index, String key, List<?> path) {
        int slot = Slots.of(key);
        int owner = Slots.partition(slot, partitions);
        OpenIndex<?> open = leaders.get(owner).index(index);
        if (open == null) {
            throw new DeclarationException("the view has no index " + index);
        }
        try (Moment moment = moment()) {
            return open.reader(moment.partition(owner), slot)
                    .select(open.path(path), Selection.MAX_PAGE, null)
                    .values();
        }
    }

    /** What a path finds in all parts of an index, committed. */
    public <T, B> List<B> select(Index<T> index, Path<T, B> path) {
        List<B> found = new ArrayList<>();
        try (Moment moment = moment()) {
            for (int i = 0; i < partitions; i++) {
                OpenIndex<T> open = leaders.get(i).index(index);
                Reading cells = moment.partition(i);
                for (int slot : open.slots(cells)) {
                    found.addAll(open.reader(cells, slot).select(path));
                }
            }
        }
        return found;
    }
}
