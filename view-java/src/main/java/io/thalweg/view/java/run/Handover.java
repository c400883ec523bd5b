package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.path.Maps;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.Limits;
import io.thalweg.model.Slots;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How one state of a view takes the place of another: by a step of each partition of both, all appended at once, each behind the step before it and
 * behind no other. Since a step and what it emits are one append, too, there is one place in the order of the shard before which the one state answers and goes
 * outside, and behind which the other does, whoever leads.
 *
 * <p>It can be when nothing is under way: the one has taken all that hops and sent all that it emits, no batch is begun, and the other has taken all that the
 * one has. What waits for a time or for the outside stays: timers are in both states, and those that have not come in the one come in the other; open calls go
 * over under their identifiers. So what was taken of the logs before is a replay to the other state, and all of it is done; what comes behind is done once.
 *
 * <p>The one follows from then on, from where it stands, so that it can take over again. Immutable.
 */
public final class Handover {
    private static final int READ = 256;

    /** Largest step: an event's payload. */
    private static final int MAX_STEP_BYTES = Limits.MAX_EVENT_BYTES - 1024;

    /**
     * A state of a view.
     *
     * @param view whose indexes these are
     * @param stores where each of its partitions is
     * @param streams its own ones, and those of its logs
     */
    public record Side(UUID view, List<StepStore> stores, Streams streams) {
        public Side {
            stores = List.copyOf(stores);
        }

        int partitions() {
            return stores.size();
        }

        IndexSpace space() {
            return Surroundings.space(view);
        }

        Surroundings.Ahead ahead() {
            return new Surroundings.Ahead(view, stores, streams);
        }

        /** The step of a partition with which it gave way to another, the newest if it has not; by its steps, wherever its index is. */
        public long gaveWay(int partition) {
            String changes = Wiring.changes(partition);
            long newest = streams.newest(changes);
            MemoryStore cells = new MemoryStore();
            streams.read(changes, newest - 1, 1)
                    .forEach(
                            step -> cells.commit(StepRecord.read(step.payload()).changes()));
            Positions its = new StepStore(cells).positions(space(), partition);
            return its.place() == Positions.Place.FOLLOWS ? its.since() : newest;
        }

        Overlay overlay(int partition) {
            return new Overlay(stores.get(partition).store().latest());
        }
    }

    /**
     * A step of it.
     *
     * @param first whether it is of the state whose place is taken
     * @param before the step before, behind which it is to be appended
     */
    public record Part(boolean first, int partition, long before, StepRecord step) {}

    /**
     * Something that a partition has begun and not ended.
     *
     * @param kind {@code timer}, {@code call} or {@code hop}
     * @param name of the timer, the call or the hop; of the log for what hops home
     * @param key that it is about; empty for what goes to all partitions
     */
    public record UnderWay(String kind, String name, String key, byte[] payload) {}

    private final Side from;
    private final Side to;
    private final List<Positions> ones = new ArrayList<>();
    private final List<Positions> others = new ArrayList<>();
    private final SortedMap<String, Long> taken;
    private final @Nullable String obstacle;

    /**
     * Looks how two states are now.
     *
     * @param wiring of any partition of the other
     * @param held since when the one takes in nothing more, and no timer of later comes in it; all its steps know it by then
     * @param now no earlier than the newest step of either
     * @param parkedTimers partitions of the one in which timers do not come, due or not
     */
    public Handover(Side from, Side to, Wiring wiring, Instant held, Instant now, Set<Integer> parkedTimers) {
        this.from = from;
        this.to = to;
        for (int i = 0; i < from.partitions(); i++) {
            ones.add(from.ahead().positions(i));
        }
        for (int i = 0; i < to.partitions(); i++) {
            others.add(to.ahead().positions(i));
        }
        this.taken = merged(ones);
        this.obstacle = now.isBefore(held)
                ? "the clock of the state of today has not stopped yet"
                : find(wiring, held, parkedTimers);
    }

    private static SortedMap<String, Long> merged(List<Positions> all) {
        SortedMap<String, Long> taken = new TreeMap<>();
        all.forEach(each -> each.all().forEach((stream, sequence) -> {
            if (!stream.startsWith("@")) {
                taken.put(stream, sequence);
            }
        }));
        return taken;
    }

    /** What is in the way, in words; null when nothing is. */
    public @Nullable String obstacle() {
        return obstacle;
    }

    /**
     * What is in the way whether or not the one takes in anything, in words; null when nothing is.
     *
     * @param wiring of any partition of the other
     * @param parkedTimers as in {@link #Handover}
     */
    public static @Nullable String lasting(Side from, Side to, Wiring wiring, Set<Integer> parkedTimers) {
        for (int i : parkedTimers) {
            // What is about a key is in partitions of other numbers there: nobody can tell which timers of later have
            // come.
            if (from.partitions() != to.partitions() && from.ahead().nextTimer(i, from.partitions()) != null) {
                return "timers of partition " + i
                        + " of the state of today do not come, and the other has another number"
                        + " of partitions: retry or skip what is parked there";
            }
        }
        for (int i = 0; i < from.partitions(); i++) {
            for (OpenCalls.OpenCall call : writer(from, i, OpenCalls.CALLS, from.overlay(i))
                    .at(Maps.<Long, OpenCalls.OpenCall>values())
                    .all()) {
                if (!wiring.calls().contains(call.call())) {
                    return "call " + call.call() + " of key \"" + call.key()
                            + "\" is open, and the other version declares no such call";
                }
            }
        }
        return null;
    }

    private @Nullable String find(Wiring wiring, Instant held, Set<Integer> parkedTimers) {
        String lasting = lasting(from, to, wiring, parkedTimers);
        if (lasting != null) {
            return lasting;
        }
        for (int i = 0; i < ones.size(); i++) {
            Positions its = ones.get(i);
            if (its.place() == Positions.Place.FOLLOWS) {
                return "partition " + i + " of the state of today follows another";
            }
            String underWay = underWay(from, i, its);
            if (underWay != null) {
                return "the state of today is not at an end: " + underWay;
            }
            Instant next = from.ahead().nextTimer(i, from.partitions());
            if (next != null && !next.isAfter(held) && !parkedTimers.contains(i)) {
                return "timers of partition " + i + " are due";
            }
        }
        for (int i = 0; i < others.size(); i++) {
            Positions its = others.get(i);
            if (its.place() != Positions.Place.FOLLOWS) {
                return "partition " + i + " of the other state has not begun";
            }
            String underWay = underWay(to, i, its);
            if (underWay != null) {
                return "the other state is not there yet: " + underWay;
            }
            Instant mine = to.ahead().nextTimer(i, to.partitions());
            Instant next = from.ahead().nextTimer(i, to.partitions());
            if (mine != null && !mine.isAfter(held) && (next == null || mine.isBefore(next))) {
                return "timers of partition " + i + " of the other state are due";
            }
        }
        SortedMap<String, Long> mine = merged(others);
        for (Map.Entry<String, Long> each : taken.entrySet()) {
            String stream = each.getKey();
            if (wiring.logs().contains(stream.substring(0, stream.lastIndexOf('/')))) {
                Long its = mine.get(stream);
                if (its == null || its < each.getValue()) {
                    return "the other state has taken " + stream + " up to " + (its == null ? 0 : its) + ", and "
                            + each.getValue() + " is where it has to be";
                }
            }
        }
        return null;
    }

    static @Nullable String underWay(Side side, int partition, Positions its) {
        long waiting = Intake.waiting(side.streams(), its, partition);
        if (waiting > 0) {
            return waiting + " hops wait in partition " + partition;
        }
        for (Map.Entry<String, BatchState> batch : its.batches().entrySet()) {
            if (batch.getValue().part.isUnderWay() || batch.getValue().lead.isUnderWay()) {
                return "batch " + batch.getKey() + " is under way in partition " + partition;
            }
        }
        return null;
    }

    /**
     * The steps, to be appended all at once; only where there is no {@link #obstacle}.
     *
     * @throws IllegalStateException when what is to go over does not fit into a step
     */
    public List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < others.size(); i++) {
            Overlay overlay = to.overlay(i);
            Positions positions = others.get(i).copy();
            long before = positions.step();
            positions.step(before + 1);
            positions.sent(before);
            positions.takeOver(taken);
            takeTicks(i, overlay);
            takeCalls(i, positions, overlay);
            to.space().position(overlay, i, positions.write());
            parts.add(part(false, i, before, overlay));
        }
        for (int i = 0; i < ones.size(); i++) {
            Overlay overlay = from.overlay(i);
            Positions positions = ones.get(i).copy();
            long before = positions.step();
            positions.step(before + 1);
            positions.sent(before);
            positions.follow();
            IndexWriter<Map<Long, OpenCalls.OpenCall>> calls = writer(from, i, OpenCalls.CALLS, overlay);
            calls.at(Maps.<Long, OpenCalls.OpenCall>keys())
                    .all()
                    .forEach(number -> calls.at(Maps.key(number)).remove());
            from.space().position(overlay, i, positions.write());
            parts.add(part(true, i, before, overlay));
        }
        return parts;
    }

    static Part part(boolean first, int partition, long before, Overlay overlay) {
        StepRecord step = new StepRecord(overlay.changes(), List.of(), List.of());
        int bytes = step.write().length;
        if (bytes > MAX_STEP_BYTES) {
            throw new IllegalStateException(
                    "what goes over in partition " + partition + " has " + bytes + " bytes, at most " + MAX_STEP_BYTES
                            + " fit into a step: some calls to the outside have to end first");
        }
        return new Part(first, partition, before, step);
    }

    private static <T> IndexWriter<T> writer(Side side, int partition, Index<T> index, Overlay overlay) {
        return side.space().open(index, overlay).writer(overlay, Slots.first(partition, side.partitions()));
    }

    /** Ticks come when they would have come. */
    private void takeTicks(int partition, Overlay overlay) {
        int same = Math.min(partition, from.partitions() - 1);
        IndexWriter<Map<String, Instant>> mine = writer(to, partition, Clockwork.TICKS, overlay);
        writer(from, same, Clockwork.TICKS, from.overlay(same))
                .at(Maps.<String, Instant>entries())
                .all()
                .forEach(each -> mine.at(Maps.key(each.getKey())).set(each.getValue()));
    }

    /** Open calls of keys that lie in a partition go there, and are known outside by what they were. */
    private void takeCalls(int partition, Positions positions, Overlay overlay) {
        IndexWriter<Map<Long, OpenCalls.OpenCall>> mine = writer(to, partition, OpenCalls.CALLS, overlay);
        for (int i = 0; i < from.partitions(); i++) {
            int of = i;
            IndexWriter<Map<Long, OpenCalls.OpenCall>> its = writer(from, of, OpenCalls.CALLS, from.overlay(of));
            for (Map.Entry<Long, OpenCalls.OpenCall> each :
                    its.at(Maps.<Long, OpenCalls.OpenCall>entries()).all()) {
                OpenCalls.OpenCall call = each.getValue();
                if (Slots.partition(Slots.of(call.key()), to.partitions()) == partition) {
                    UUID id = OpenCalls.id(call, from.view(), of, each.getKey());
                    mine.at(Maps.key(positions.nextNumber()))
                            .set(new OpenCalls.OpenCall(
                                    call.call(),
                                    call.key(),
                                    call.question(),
                                    call.origin(),
                                    call.replay(),
                                    id.toString()));
                }
            }
        }
    }

    /** What something is that a partition has begun and not ended. */
    public static final List<String> KINDS = List.of("call", "hop", "timer");

    /**
     * Tells what a partition has under way of a kind, until nobody wants to hear more: timers by their time, calls and hops by their number. Not batches, which other
     * versions begin again.
     *
     * @param kind one of {@link #KINDS}
     */
    public static void tell(Side side, int partition, String kind, Predicate<UnderWay> heard) {
        Overlay overlay = side.overlay(partition);
        switch (kind) {
            case "call" -> tellCalls(side, partition, overlay, heard);
            case "hop" -> tellHops(side, partition, heard);
            case "timer" -> Clockwork.tell(side.space(), partition, side.partitions(), overlay, heard);
            default -> throw new IllegalArgumentException("kind " + kind + " is not one of " + KINDS);
        }
    }

    private static void tellCalls(Side side, int partition, Overlay overlay, Predicate<UnderWay> heard) {
        for (OpenCalls.OpenCall call : writer(side, partition, OpenCalls.CALLS, overlay)
                .at(Maps.<Long, OpenCalls.OpenCall>values())
                .all()) {
            if (!heard.test(new UnderWay(
                    "call", call.call(), call.key(), call.question().value()))) {
                return;
            }
        }
    }

    private static void tellHops(Side side, int partition, Predicate<UnderWay> heard) {
        Positions positions = side.ahead().positions(partition);
        String hops = Wiring.hops(partition);
        long first = positions.taken(hops) + 1;
        int within = positions.within(hops);
        long at = Math.max(first, side.streams().first(hops)) - 1;
        List<Streams.Event> read = side.streams().read(hops, at, READ);
        while (!read.isEmpty()) {
            for (Streams.Event event : read) {
                List<Streams.Event> its = Bundle.is(event) ? Bundle.hops(event) : List.of(event);
                int taken = event.sequence() == first ? Math.min(within, its.size()) : 0;
                for (Streams.Event each : its.subList(taken, its.size())) {
                    if (!tellHop(each, heard)) {
                        return;
                    }
                }
                at = event.sequence();
            }
            read = side.streams().read(hops, at, READ);
        }
    }

    /** False when nobody wants to hear more. */
    private static boolean tellHop(Streams.Event event, Predicate<UnderWay> heard) {
        Streams.Hop hop = event.hop();
        String key = event.key();
        return hop == null
                || hop.through().equals(Batches.THROUGH)
                || heard.test(new UnderWay("hop", hop.through(), key == null ? "" : key, event.payload()));
    }

    /** Whether something that a partition emits to other shards is not known to be sent. */
    public static boolean hasUnsent(Side side, int partition) {
        String changes = Wiring.changes(partition);
        long at = Math.max(
                side.ahead().positions(partition).sent(), side.streams().first(changes) - 1);
        List<Streams.Event> steps = side.streams().read(changes, at, READ);
        while (!steps.isEmpty()) {
            for (Streams.Event step : steps) {
                if (!StepRecord.read(step.payload()).sent().isEmpty()) {
                    return true;
                }
                at = step.sequence();
            }
            steps = side.streams().read(changes, at, READ);
        }
        return false;
    }

    /** Puts the steps into the indexes, once they were appended; where somebody has done so, nothing happens. */
    public void apply(List<Part> parts) {
        for (Part part : parts) {
            Side side = part.first() ? from : to;
            boolean _ = side.stores()
                    .get(part.partition())
                    .apply(
                            side.space(),
                            part.partition(),
                            part.before(),
                            part.step().changes());
        }
    }
}
