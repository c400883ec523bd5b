package io.thalweg.cluster.forward;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Request;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.CopyOut;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Three nodes in one thread: an order that is one list, leaders that come and go, and a wire that does what wires do. */
final class LossyCluster {
    private static final int NODES = 3;
    private static final int ENTRIES = 60;
    private static final long STEP_NS = 20_000_000;

    /** What the group's majority takes for the time, which is no node's own clock. */
    static final long GROUP_NS = -1;

    private static final int QUIET_STEPS = 3_000;
    private static final TenantId TENANT = new TenantId(new UUID(1, 2));

    private final Random random;
    private final List<Runnable> tasks = new ArrayList<>();
    private final List<Entry> order = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Proposal> proposals = new ArrayList<>();
    private boolean faults = true;
    private long nowNs;

    /** -1 while there is none. */
    private int leader;

    private final Clock clock = new Clock() {
        @Override
        public long wallNs() {
            return nowNs;
        }

        @Override
        public long monotonicNs() {
            return nowNs;
        }
    };

    LossyCluster(long seed) {
        random = new Random(seed);
        for (int i = 0; i < NODES; i++) {
            nodes.add(new Node(i));
        }
    }

    /** An entry that a node was asked for. */
    final class Proposal {
        private final int id;
        private final int node;
        private final CompletableFuture<ByteBuffer> answer;
        private boolean appliedThere;

        private Proposal(int id, Node at) {
            this.id = id;
            this.node = at.index;
            this.answer = at.forwarding
                    .propose(entry(id, at.forwarding.stampNs(clock)))
                    .whenComplete((_, failure) -> {
                        appliedThere = failure == null
                                && order.subList(0, at.applied).stream().anyMatch(e -> idOf(e) == id);
                    });
        }

        int id() {
            return id;
        }

        /** Of the node that was asked. */
        int node() {
            return node;
        }

        CompletableFuture<ByteBuffer> answer() {
            return answer;
        }

        /** What the state machine said of it; only when it did. */
        int reply() {
            return answer.join().duplicate().order(ByteOrder.BIG_ENDIAN).getInt();
        }

        /** Whether the node had applied it when it answered. */
        boolean appliedThere() {
            return appliedThere;
        }
    }

    /** Lives through a seed's events, and then until nothing moves any more. */
    List<Proposal> live() {
        for (int id = 1; id <= ENTRIES; id++) {
            proposals.add(new Proposal(id, nodes.get(random.nextInt(NODES))));
            for (int steps = random.nextInt(40); steps > 0; steps--) {
                step();
            }
        }
        faults = random.nextBoolean();
        for (int steps = 0; steps < QUIET_STEPS; steps++) {
            step();
        }
        return proposals;
    }

    /** What the entries of the order were stamped with. */
    LongStream stampsNs() {
        return order.stream().mapToLong(Entry::timestampNs);
    }

    /** The entries in their order. */
    List<Integer> order() {
        return order.stream().map(LossyCluster::idOf).toList();
    }

    long timesOrdered(int id) {
        return order.stream().filter(entry -> idOf(entry) == id).count();
    }

    private void step() {
        nowNs += STEP_NS;
        if (faults && random.nextInt(50) == 0) {
            leader = random.nextInt(NODES + 1) - 1;
        }
        Node node = nodes.get(random.nextInt(NODES));
        node.hears();
        node.applyNext();
        if (!tasks.isEmpty()) {
            tasks.remove(random.nextInt(tasks.size())).run();
        }
    }

    private static Entry entry(int id, long stampNs) {
        ByteBuffer body = ByteBuffer.allocate(Integer.BYTES).putInt(id).flip();
        Request request = Request.of(TENANT, Operation.APPEND, body);
        ByteBuffer bytes =
                ByteBuffer.allocate(RequestCodec.encodedBytes(request)).order(ByteOrder.LITTLE_ENDIAN);
        RequestCodec.putHeader(request, bytes);
        bytes.put(body.duplicate()).flip();
        return Entry.of(stampNs, 1, List.of(bytes), bytes.remaining());
    }

    private static int idOf(Entry entry) {
        ByteBuffer body = RequestCodec.cursor(entry.body().getFirst().duplicate())
                .next()
                .body()
                .duplicate()
                .order(ByteOrder.BIG_ENDIAN);
        return body.getInt();
    }

    /** One node: what it believes of the leader may be old. */
    private final class Node implements Consensus {
        private final int index;
        private final Forwarding forwarding;
        private Replica replica = new Nothing();
        private int believed = 0;
        private int applied;

        Node(int index) {
            this.index = index;
            this.forwarding = Forwarding.over(
                    1,
                    "n" + index,
                    new Nothing(),
                    watched -> {
                        replica = watched;
                        return this;
                    },
                    LossyCluster.this::order,
                    tasks::add,
                    clock);
        }

        void hears() {
            believed = leader;
        }

        void applyNext() {
            if (applied < order.size()) {
                applied++;
                ByteBuffer _ = replica.apply(applied, 1, order.get(applied - 1));
            }
        }

        @Override
        public CompletableFuture<ByteBuffer> propose(Entry entry) {
            if (leader != index) {
                return CompletableFuture.failedFuture(new ThalwegException(ErrorCode.NOT_LEADER, "deposed"));
            }
            if (faults && random.nextInt(10) == 0) {
                return CompletableFuture.failedFuture(new ThalwegException(ErrorCode.OVERLOADED, "too many"));
            }
            order.add(entry);
            while (applied < order.size()) {
                applyNext();
            }
            ByteBuffer reply =
                    ByteBuffer.allocate(Integer.BYTES).putInt(idOf(entry)).flip();
            return CompletableFuture.completedFuture(reply);
        }

        @Override
        public Standing standing() {
            Role role = believed == index ? Role.LEADER : Role.FOLLOWER;
            return new Standing(role, believed < 0 ? Optional.empty() : Optional.of("n" + believed), 1, 0);
        }

        @Override
        public CompletableFuture<Void> transfer(String member) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Long> snapshot() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long stampNs(Clock own) {
            // Who does not lead cannot tell the time.
            return believed == index && leader == index ? GROUP_NS : nowNs;
        }

        @Override
        public void housekeep() {}

        @Override
        public void close() {}
    }

    /** The wire: refuses, loses the question, loses the answer, changes a byte; and all of it takes its time. */
    private CompletableFuture<ByteBuffer> order(String to, int shard, ByteBuffer bytes) {
        CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
        ByteBuffer copy =
                ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
        int fate = faults ? random.nextInt(10) : 9;
        tasks.add(() -> {
            switch (fate) {
                case 0 -> answer.completeExceptionally(new ThalwegException(ErrorCode.NOT_LEADER, "refused"));
                case 1 -> answer.completeExceptionally(new ThalwegException(ErrorCode.OVERLOADED, "too many"));
                case 2 -> answer.completeExceptionally(new ThalwegException(ErrorCode.UNAVAILABLE, "lost"));
                case 3 -> {
                    int at = random.nextInt(copy.capacity());
                    copy.put(at, (byte) (copy.get(at) ^ (1 << random.nextInt(8))));
                    deliver(to, copy, answer, false);
                }
                case 4, 5 -> deliver(to, copy, answer, true);
                default -> deliver(to, copy, answer, false);
            }
        });
        return answer;
    }

    private void deliver(String to, ByteBuffer bytes, CompletableFuture<ByteBuffer> answer, boolean answerIsLost) {
        Node node = nodes.get(Integer.parseInt(to.substring(1)));
        CompletableFuture<ByteBuffer> done;
        try {
            done = node.forwarding.order(bytes);
        } catch (RuntimeException e) {
            done = CompletableFuture.failedFuture(new ThalwegException(ErrorCode.UNAVAILABLE, "not understood", e));
        }
        var _ = done.whenComplete((reply, failure) -> tasks.add(() -> {
            if (answerIsLost) {
                answer.completeExceptionally(new ThalwegException(ErrorCode.UNAVAILABLE, "broke off"));
            } else if (failure != null) {
                answer.completeExceptionally(failure);
            } else {
                answer.complete(reply);
            }
        }));
    }

    /** A replica that keeps nothing: the list is the order. */
    private static final class Nothing implements Replica {
        @Override
        public Position open() {
            return Position.NONE;
        }

        @Override
        public long storedIndex() {
            return -1;
        }

        @Override
        public @Nullable CorruptionException damaged() {
            return null;
        }

        @Override
        public ByteBuffer apply(long index, long term, Entry entry) {
            return ByteBuffer.allocate(0);
        }

        @Override
        public void skip(long index, long term) {}

        @Override
        public Position snapshot() {
            return Position.NONE;
        }

        @Override
        public CopyOut copyOut() {
            throw new UnsupportedOperationException();
        }

        @Override
        public CopyIn copyIn() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Position install(CopyIn copy) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void fail(Throwable cause) {}

        @Override
        public void close() {}
    }
}
