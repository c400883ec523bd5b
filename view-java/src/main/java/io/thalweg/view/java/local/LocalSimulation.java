package io.thalweg.view.java.local;

import io.thalweg.index.store.MemoryStore;
import io.thalweg.model.Slots;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.View;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.run.CallRunner;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LocalView} in a world where everything goes wrong that may, for tests of views. Each partition has three replicas. Whoever leads one falls in the
 * midst of a step, before it is appended, behind that so that nobody hears of it, or while it takes over from another; it sleeps behind an append while others go on,
 * and comes back as one who does not know that. What it appends may arrive while it makes the next step, or when it has fallen. Stores lose what they had not written, steps that everybody has are let go, logs are split where that is asked for, and
 * so does the same code take over from itself, having processed the logs again beside.
 *
 * <p>A view that keeps what it knows in its indexes comes to the same in the end as where nothing fails: {@link #end} goes there, and what the indexes
 * have then is to be held against a recount of what was appended. All that happens comes of the chance that it is given, so that the same seed is the same
 * life. One thread.
 */
public final class LocalSimulation {
    private static final int REPLICAS = 3;

    /** One of so many appends fails in each way, where they fail most often. */
    static final int OFTEN = 6;

    /** So many reads for one that fails are those of so many appends. */
    private static final int READS = 10;

    private static final int THINGS = 13;

    /** What looks at a view while it runs. */
    interface Observer {
        /** @param anywhere what some replica of each partition has, however far it is */
        void look(LocalView view, Moment anywhere);
    }

    /** Who leads a partition falls. No exception: whoever catches those of handlers is not to have it. */
    private static final class Fall extends Error {
        private static final long serialVersionUID = 1;

        private final int partition;

        Fall(int partition) {
            super("who leads partition " + partition + " falls", null, false, false);
            this.partition = partition;
        }
    }

    private final LocalView view;
    private final Supplier<View> code;
    private final int partitions;
    private final Random random;
    private final boolean hasBatches;
    private final List<List<MemoryStore>> stores = new ArrayList<>();
    private final List<List<StepStore>> ways = new ArrayList<>();

    /** All states that there ever were. */
    private final List<LocalState> states = new ArrayList<>();

    /** Those who led and do not know that others do. */
    private final List<Partition> ghosts = new ArrayList<>();

    /** Appends that have not arrived, of whoever began them. */
    private final List<Late> late = new ArrayList<>();

    private final Map<String, Integer> splits = new HashMap<>();
    private List<String> splitting = List.of();
    private boolean takesOver;
    private boolean copies;
    private int rarely = OFTEN;
    private int pace = 3;
    private Observer observer = (_, _) -> {};
    private @Nullable LocalTakeover takeover;

    /** What is to stand beside, and does not yet. */
    private @Nullable LocalCopy copy;

    /** Whether the steps of it are appended. */
    private boolean over;

    /** How often something was read for a step that lies on one of which nobody knew whether it counts. */
    private int onTop;

    private int falls;
    private int leads;
    private int takeovers;

    /**
     * @param random what comes of chance
     * @throws DeclarationException if the view declares what does not fit
     */
    public LocalSimulation(Supplier<View> code, int partitions, Random random) {
        this(code, partitions, random, CallRunner.INLINE);
    }

    /**
     * @param random what comes of chance
     * @param calls where calls to the outside run
     * @throws DeclarationException if the view declares what does not fit
     */
    public LocalSimulation(Supplier<View> code, int partitions, Random random, CallRunner calls) {
        this.view = new LocalView(code, partitions, calls);
        this.code = code;
        this.partitions = partitions;
        this.random = random;
        this.hasBatches = !view.wiring().batchLogs().isEmpty();
        this.states.add(view.today());
        for (int i = 0; i < partitions; i++) {
            List<MemoryStore> its = new ArrayList<>(List.of(view.store(i)));
            List<StepStore> itsWays = new ArrayList<>(List.of(view.way(i)));
            while (its.size() < REPLICAS) {
                its.add(new MemoryStore());
                itsWays.add(new StepStore(its.getLast()));
            }
            stores.add(its);
            ways.add(itsWays);
        }
    }

    /** Has logs be split, of those that the view follows and does not emit to. */
    public LocalSimulation splitting(String... logs) {
        splitting = List.of(logs);
        return this;
    }

    /** Has the code take over from itself. That is for code that comes to the same whichever of its logs it is given first. */
    public LocalSimulation takingOver() {
        takesOver = true;
        return this;
    }

    /**
     * The same on copies of what it keeps, for code that would come to something else if it processed the logs again. It may make no calls. Between two
     * events whose order matters, of different logs, comes a {@link #rest}: whoever stands beside may take them in another.
     */
    public LocalSimulation takingOverCopies() {
        takesOver = true;
        copies = true;
        return this;
    }

    /** Has one of so many appends fail in each of the ways in which one can, from 6, which it is else. Batches hardly come through then. */
    public LocalSimulation failing(int rarely) {
        this.rarely = Math.max(OFTEN, rarely);
        return this;
    }

    /** Has so many things happen from one event to the next, about; 3 unless said. */
    public LocalSimulation pace(int pace) {
        this.pace = pace;
        return this;
    }

    /** Has somebody look after each thing that happens. */
    LocalSimulation observed(Observer observer) {
        this.observer = observer;
        return this;
    }

    /**
     * Appends an event of a key to a log; then some of that happens which does.
     *
     * @return where it stands, for {@link #answer}
     */
    public String append(String log, String key, byte[] payload) {
        String event = view.append(log, key, payload);
        go();
        return event;
    }

    /** Has some of that happen which does. */
    public void go() {
        do {
            happen();
        } while (random.nextInt(pace) > 0);
    }

    /** Lets time go by; what that brings comes with what happens next. */
    public void pass(Duration by) {
        view.pass(by);
    }

    /** Has happen what does until the view has nothing to do, nor what stands beside it. */
    public void rest() {
        do {
            happen();
        } while (takeover != null || copy != null || !isAtRest());
    }

    /** What a handler answered to an event, whoever heard of it; null if it did not, or not yet. */
    public @Nullable Object answer(String event) {
        return view.answer(event);
    }

    /** What is seen of the view meanwhile. */
    public LocalView view() {
        return view;
    }

    /** How often somebody who led fell. */
    public int falls() {
        return falls;
    }

    /** How often somebody began to lead. */
    public int leads() {
        return leads;
    }

    /** How often the code took over from itself. */
    public int takeovers() {
        return takeovers;
    }

    int onTop() {
        return onTop;
    }

    /**
     * Has nothing fail any more, and the view process what is left.
     *
     * @throws AssertionError if anything is parked, or replicas differ
     */
    public LocalView end() {
        if (takeover != null) {
            endTakeover();
        }
        while (!late.isEmpty()) {
            arrive();
        }
        if (copy != null) {
            copy.end();
        }
        for (int i = 0; i < partitions; i++) {
            lead(i, false);
        }
        view.process();
        require(view.parked().isEmpty(), "parked: " + view.parked());
        require(view.parkedBeside().isEmpty(), "parked beside: " + view.parkedBeside());
        if (view.beside() != null) {
            String obstacle = view.takeOver();
            require(obstacle == null, "it cannot take over: " + obstacle);
            takeovers++;
        }
        replicasAreTheSame();
        return view;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** Whether nobody does anything when he is asked to. */
    private boolean isAtRest() {
        boolean[] rests = {false};
        perhapsFall(() -> {
            boolean more = view.turn();
            for (int i = 0; i < partitions; i++) {
                if (view.leader(i).isDeposed()) {
                    lead(i, true);
                    more = true;
                }
            }
            rests[0] = !more;
        });
        return rests[0];
    }

    // --- what happens

    private void happen() {
        int at = random.nextInt(partitions);
        perhapsFall(() -> {
            switch (random.nextInt(THINGS)) {
                case 0 -> {
                    if (random.nextInt(rarely) < OFTEN) {
                        ghosts.add(view.leader(at));
                        lead(at, true);
                    }
                }
                case 1 -> {
                    if (!ghosts.isEmpty()) {
                        boolean _ = ghosts.remove(random.nextInt(ghosts.size())).step();
                    }
                }
                case 2 -> view.store(at).flush();
                case 3, 4 -> follow(at);
                case 5 -> trim(at);
                case 6 -> {
                    perhapsSplit();
                    perhapsTakeOver();
                }
                case 7 -> arrive();
                case 8 -> {
                    // A step that is full while the one before it is under way waits for that.
                    Partition leader = view.leader(at);
                    boolean _ = hasBatches ? leader.step() : leader.stepOfOne();
                }
                default -> {
                    boolean _ = view.leader(at).step();
                    Partition beside = view.besideLeader(at);
                    boolean _ = beside != null && beside.step();
                }
            }
            if (view.leader(at).isDeposed()) {
                lead(at, true);
            }
            nothingIsAheadOfItsLog();
            observer.look(view, anywhere());
        });
    }

    /** Who falls takes the tails of the stores of its partition with him; then others lead all partitions, who may fall, too. */
    private void perhapsFall(Runnable what) {
        Runnable next = what;
        while (true) {
            try {
                next.run();
                return;
            } catch (Fall fall) {
                falls++;
                stores.get(fall.partition).forEach(store -> store.crash(random));
                ghosts.clear();
                next = () -> {
                    for (int i = 0; i < partitions; i++) {
                        lead(i, true);
                    }
                };
            }
        }
    }

    /** An append arrives of which nobody may know any more. */
    private void arrive() {
        if (!late.isEmpty()) {
            late.get(random.nextInt(late.size())).arrive();
        }
    }

    /** No index has a step that its log has not. */
    private void nothingIsAheadOfItsLog() {
        for (LocalState state : states) {
            for (int i = 0; i < partitions; i++) {
                long newest = state.streams.newest(Wiring.changes(i));
                for (StepStore way : ways.get(i)) {
                    long step = way.step(Surroundings.space(state.id), i);
                    require(step <= newest, "an index has step " + step + ", and its log ends with " + newest);
                }
            }
        }
    }

    /** A replica applies what it has not yet of some state; also the one that a leader works on. */
    private void follow(int partition) {
        LocalState state = states.get(random.nextInt(states.size()));
        boolean _ = changes(state, partition, random.nextInt(REPLICAS)).follow();
    }

    private ChangeLog changes(LocalState state, int partition, int replica) {
        return new ChangeLog(
                Surroundings.space(state.id),
                partition,
                state.streams,
                ways.get(partition).get(replica));
    }

    /** Lets go of steps that all replicas have for good. */
    private void trim(int partition) {
        long applied = Long.MAX_VALUE;
        for (int i = 0; i < REPLICAS; i++) {
            stores.get(partition).get(i).flush();
            applied = Math.min(applied, ways.get(partition).get(i).step(Surroundings.space(view.id()), partition));
        }
        view.streams().trim(Wiring.changes(partition), applied + 1);
    }

    private void perhapsSplit() {
        if (!splitting.isEmpty() && random.nextInt(6) == 0) {
            String log = splitting.get(random.nextInt(splitting.size()));
            int before = splits.merge(log, 1, Integer::sum) - 1;
            view.split(log, random.nextInt(partitions + before), random.nextInt(Slots.COUNT));
        }
    }

    private void perhapsTakeOver() {
        LocalTakeover its = takeover;
        if (!takesOver) {
            return;
        }
        if (its == null) {
            LocalState beside = view.beside();
            if (beside != null) {
                takeover = view.beginToTakeOver();
            } else if (copy != null) {
                copy = copy.perhapsGoOn(random) ? null : copy;
            } else if (random.nextInt(3) == 0) {
                beginBeside();
            }
        } else if (over) {
            its.apply(random);
            if (random.nextBoolean()) {
                endTakeover();
                for (int i = 0; i < partitions; i++) {
                    lead(i, true);
                }
            }
        } else if (its.append() == null) {
            over = true;
        } else if (random.nextInt(10) == 0) {
            endTakeover(); // another time
        }
    }

    private void beginBeside() {
        if (copies) {
            LocalCopy its = new LocalCopy(view, code);
            states.add(its.to());
            copy = its;
        } else {
            view.beginBeside(code);
            states.add(Objects.requireNonNull(view.beside()));
        }
    }

    private void endTakeover() {
        Objects.requireNonNull(takeover).end();
        takeovers += over ? 1 : 0;
        takeover = null;
        over = false;
    }

    /** Some replica leads; the leader before does not know. */
    private void lead(int partition, boolean faulty) {
        int replica = random.nextInt(REPLICAS);
        view.replica(
                partition,
                stores.get(partition).get(replica),
                ways.get(partition).get(replica));
        view.leader(partition, view.lead(partition, faulty ? new Faulty(partition) : view.streams()));
        view.leadBeside();
        leads++;
    }

    /** Others lead while one sleeps. */
    private void meanwhile(int partition) {
        lead(partition, false);
        for (int i = random.nextInt(4); i > 0; i--) {
            boolean _ = view.leader(partition).step();
        }
    }

    /** What some replica of each partition has. */
    private Moment anywhere() {
        return LocalMoment.of(
                stores.stream().map(of -> of.get(random.nextInt(REPLICAS))).toList());
    }

    /** Who follows the change logs, without code, has the same cells as who led. */
    private void replicasAreTheSame() {
        for (int i = 0; i < partitions; i++) {
            for (int replica = 0; replica < REPLICAS; replica++) {
                for (LocalState state : states) {
                    changes(state, i, replica).catchUp();
                }
                require(
                        LocalMoment.cells(stores.get(i).get(replica))
                                .equals(LocalMoment.cells(stores.get(i).getFirst())),
                        "replica " + replica + " of partition " + i + " differs from the first");
            }
        }
    }

    /** The streams of one who falls while he reads, or before an append; what he appends arrives late. They see that no step leaves before its turn. */
    private final class Faulty extends Streams.Through {
        private final int partition;
        private @Nullable Late last;

        Faulty(int partition) {
            super(view.streams());
            this.partition = partition;
        }

        private void perhapsFalls(int of) {
            if (random.nextInt(of) == 0) {
                throw new Fall(partition);
            }
        }

        @Override
        public List<Event> read(String stream, long after, int max) {
            perhapsFalls(rarely * READS);
            List<Event> read = super.read(stream, after, Math.min(max, 1 + random.nextInt(4)));
            onTop += last != null && !last.told && !read.isEmpty() ? 1 : 0;
            return read;
        }

        @Override
        public Pending begin(String conditional, long expected, List<Append> appends) {
            require(last == null || last.told, "a step leaves before the one before it is known to be stored");
            perhapsFalls(rarely);
            Late its = new Late(partition, () -> {
                boolean appended = super.append(conditional, expected, appends);
                if (appended) {
                    // Whoever waits finds it in the steps, if nobody tells him.
                    view.answers()
                            .heard(StepRecord.read(appends.getFirst().payload()).answers());
                }
                return appended;
            });
            last = its;
            return its;
        }
    }

    /**
     * An append that arrives at once, while the next step is made, or when somebody waits for it. Or who waits falls before he hears of it, and it arrives before that, afterwards
     * or never; or he sleeps behind it, while others go on.
     */
    private final class Late implements Streams.Pending {
        private final int partition;
        private final BooleanSupplier append;
        private boolean arrived;
        private boolean appended;
        private boolean known;
        private boolean told;

        Late(int partition, BooleanSupplier append) {
            this.partition = partition;
            this.append = append;
            late.add(this);
        }

        void arrive() {
            if (!arrived) {
                arrived = true;
                late.remove(this);
                appended = append.getAsBoolean();
            }
        }

        @Override
        public boolean isKnown(long ms) {
            if (random.nextInt(3) == 0) {
                arrive();
            }
            known |= random.nextInt(8) == 0;
            return known;
        }

        @Override
        public boolean appended() {
            known = true;
            if (random.nextInt(rarely) == 0) {
                if (random.nextInt(3) == 0) {
                    arrive();
                }
                throw new Fall(partition);
            }
            arrive();
            if (random.nextInt(rarely) == 0) {
                meanwhile(partition);
            }
            told = true;
            return appended;
        }
    }
}
