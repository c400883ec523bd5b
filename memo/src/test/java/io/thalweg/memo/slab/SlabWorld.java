package io.thalweg.memo.slab;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.durability.DomainRates;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.durability.Silence;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Pace;
import io.thalweg.memo.object.Value;
import io.thalweg.memo.slab.SlabOptions.Assumptions;
import io.thalweg.memo.slab.SlabOptions.Place;
import io.thalweg.memo.slab.SlabOptions.Quotas;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.MemoryDisk;
import io.thalweg.ports.wire.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.DoubleSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Many slabs, their disks, their clocks and the network between them in one thread. A seed decides how late messages are, which are lost or
 * come twice, and what a crash takes from a disk. Time passes in steps of a tenth of the pause between beats.
 */
final class SlabWorld {
    static final TenantId TENANT = new TenantId(new UUID(0, 7));
    static final long SECOND = 1_000_000_000L;
    private static final Path HOME = Path.of("slab");
    private static final int QUIET_BEATS_MIN = 8;
    private static final int QUIET_BEATS_MAX = 40;

    /** A message on its way. */
    private record Flying(long atNs, long order, int from, UUID to, byte[] bytes) {}

    /** One slab and where it lives. */
    final class Node {
        final int index;
        UUID id;
        MemoryDisk disk = new MemoryDisk();
        SlabOptions options;
        double drift = 1;

        @Nullable
        Slab slab;

        @Nullable
        Objects objects;

        Node(int index, SlabOptions options) {
            this.index = index;
            this.options = options;
            this.id = new UUID(0, 0);
        }

        Slab slab() {
            return java.util.Objects.requireNonNull(slab, "slab " + index + " is down");
        }

        Objects objects() {
            return java.util.Objects.requireNonNull(objects, "slab " + index + " is down");
        }

        void start() {
            try {
                Wire wire = (peer, message) -> send(index, peer, message);
                Slab opened = Slab.open(
                        disk,
                        HOME,
                        options,
                        clock(() -> drift),
                        wire,
                        () -> new UUID(random.nextLong(), random.nextLong()));
                opened.pace(pace);
                slab = opened;
                id = opened.id();
                objects = new Objects(opened);
                nodes.stream()
                        .filter(other -> other != this && other.slab != null)
                        .forEach(other -> opened.meet(other.id));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Loses power: what was not forced is kept or lost by chance. */
        void crash() {
            slab = null;
            objects = null;
            disk.crash(random);
        }

        void loseDisk() {
            slab = null;
            objects = null;
            disk = new MemoryDisk();
        }

        MemoId create(String name) {
            try {
                return written(objects()
                        .create(TENANT, topic, SlabWorld.this.edit(new Change.SetLast("name", new Value.Text(name)))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        MemoId edit(MemoId object, Change... changes) {
            if (!(objects().find(object) instanceof Objects.Found.Here here)) {
                throw new AssertionError("object " + object.brief() + " is not on slab " + index);
            }
            try {
                return written(objects().edit(here.history(), SlabWorld.this.edit(changes)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The name of an object; null when the object cannot be read here now. */
        @Nullable
        String name(MemoId object) {
            return objects().find(object) instanceof Objects.Found.Here here
                            && here.history().projection().last("name") instanceof Value.Text text
                    ? text.value()
                    : null;
        }

        byte @Nullable [] bytes(MemoId object) {
            return objects().find(object) instanceof Objects.Found.Here here
                    ? here.history().projection().encode()
                    : null;
        }
    }

    final SplittableRandom random;

    /** At which keyframes are made. */
    Pace pace = Pace.USUAL;

    /** All that was ever written about objects, those first that others follow. */
    final Map<MemoId, Memo> written = new LinkedHashMap<>();

    final List<Node> nodes = new ArrayList<>();
    private final PriorityQueue<Flying> flying = new PriorityQueue<>((left, right) ->
            left.atNs != right.atNs ? Long.compare(left.atNs, right.atNs) : Long.compare(left.order, right.order));
    long nowNs = 1;
    private long order;
    long sent;
    long sentBytes;

    // What the network does.
    long delayNsMax = SECOND / 5;
    double loss;
    double twice;
    BiPredicate<Integer, Integer> cut = (_, _) -> false;

    /** Whether there is no way to anybody, and senders know it. */
    boolean wayless;

    final MemoId topic;

    SlabWorld(long seed) {
        random = new SplittableRandom(seed);
        topic = Objects.topicId(TENANT, "cats");
    }

    static final SlabOptions SMALL = new SlabOptions(
            Place.DEFAULT,
            new Quotas(64 << 20, 1 << 20, 64, 16 << 10),
            new Assumptions(10 * SECOND, 3600, 2, Silence.DEFAULT, DomainRates.NONE),
            (_, _) -> true);

    static SlabOptions at(String domain, LifetimeClass lifetime, boolean follows) {
        return new SlabOptions(
                new Place(domain, "", lifetime.seconds(), follows),
                SMALL.quotas(),
                SMALL.assumptions(),
                SMALL.grants());
    }

    static SlabOptions holding(SlabOptions options, long bytes) {
        return new SlabOptions(
                options.place(),
                new Quotas(bytes, options.quotas().bandwidthBytesPerSecond(), 64, 16 << 10),
                options.assumptions(),
                options.grants());
    }

    Clock clock() {
        return clock(() -> 1);
    }

    private Clock clock(DoubleSupplier drift) {
        return new Clock() {
            @Override
            public long wallNs() {
                return monotonicNs();
            }

            @Override
            public long monotonicNs() {
                return (long) (nowNs * drift.getAsDouble());
            }
        };
    }

    /** So many slabs that know each other. */
    SlabWorld slabs(int count, UnaryOperator<SlabOptions> options) {
        for (int i = 0; i < count; i++) {
            add(options.apply(SMALL));
        }
        return this;
    }

    Node add(SlabOptions options) {
        Node node = new Node(nodes.size(), options);
        nodes.add(node);
        node.start();
        return node;
    }

    Node node(int index) {
        return nodes.get(index);
    }

    Edit edit(Change... changes) {
        return Edit.of(new UUID(random.nextLong(), random.nextLong()), List.of(changes));
    }

    private MemoId written(Memo memo) {
        written.put(memo.id(), memo);
        return memo.id();
    }

    /** What an object is to whoever knows these of its memos, all of them. */
    byte[] expected(Set<MemoId> known) {
        ObjectHistory history = null;
        for (Memo memo : written.values()) {
            if (known.contains(memo.id())) {
                if (history == null) {
                    history = ObjectHistory.begin(memo);
                } else {
                    history.take(memo);
                }
            }
        }
        return java.util.Objects.requireNonNull(history).projection().encode();
    }

    private boolean send(int from, UUID to, byte[] message) {
        if (wayless) {
            return false;
        }
        sent++;
        sentBytes += message.length;
        for (int copies = random.nextDouble() < twice ? 2 : 1; copies > 0; copies--) {
            if (random.nextDouble() >= loss) {
                long at = nowNs + 1 + random.nextLong(delayNsMax);
                flying.add(new Flying(at, order++, from, to, message));
            }
        }
        return true;
    }

    /** Lets a tenth of a beat pass. */
    void step() {
        long until = nowNs + SECOND;
        try {
            while (!flying.isEmpty() && flying.peek().atNs <= until) {
                Flying next = flying.remove();
                nowNs = Math.max(nowNs, next.atNs);
                for (Node node : nodes) {
                    if (node.id.equals(next.to) && node.slab != null && !cut.test(next.from, node.index)) {
                        node.slab.receive(nodes.get(next.from).id, next.bytes);
                        node.slab.flush();
                    }
                }
            }
            nowNs = until;
            for (Node node : nodes) {
                if (node.slab != null) {
                    node.slab.tick();
                    node.slab.flush();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void seconds(int count) {
        for (int i = 0; i < count; i++) {
            step();
        }
    }

    void beats(int count) {
        seconds(10 * count);
    }

    /** No more faults, everybody up, and time for everything to be said. */
    void quiet() {
        loss = 0;
        twice = 0;
        cut = (_, _) -> false;
        nodes.stream().filter(node -> node.slab == null).forEach(Node::start);
        beats(QUIET_BEATS_MIN);
        for (int i = QUIET_BEATS_MIN; i < QUIET_BEATS_MAX && !isStill(); i++) {
            beats(1);
        }
    }

    /** Whether all know the same, and nobody waits for anything. */
    private boolean isStill() {
        Node first = nodes.getFirst();
        for (Node node : nodes) {
            boolean waits = node.slab().waiting().size() > 0
                    || node.slab().requests().size() > 0
                    || node.slab().peers().stream().anyMatch(peer -> peer.page != null || !peer.queue.isEmpty());
            if (waits
                    || !node.slab()
                            .store()
                            .digests()
                            .equals(first.slab().store().digests())) {
                return false;
            }
        }
        return true;
    }

    /** How many slabs hold a memo. */
    int copies(MemoId memo) {
        int copies = 0;
        for (Node node : nodes) {
            copies += node.slab != null && node.slab.store().holds(memo) ? 1 : 0;
        }
        return copies;
    }

    /** All memos of lineages that any slab that is up knows. */
    Set<MemoId> known() {
        Set<MemoId> known = new HashSet<>();
        for (Node node : nodes) {
            if (node.slab != null) {
                node.slab.store().all().stream()
                        .filter(memo -> memo.kind != Kind.KEYFRAME)
                        .forEach(memo -> known.add(memo.id));
            }
        }
        return known;
    }

    static Memo read(Node node, MemoId memo) {
        try {
            return java.util.Objects.requireNonNull(node.slab().read(memo));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
