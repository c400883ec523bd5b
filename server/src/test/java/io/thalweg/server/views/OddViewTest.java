package io.thalweg.server.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.log.PayloadBatch;
import io.thalweg.model.LogId;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.server.form.Json;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.PoisonPolicy;
import io.thalweg.view.QueryOutcome;
import io.thalweg.view.SnapshotPolicy;
import io.thalweg.view.StateDigest;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewAnswer;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.ViewQuery;
import io.thalweg.view.ViewSpec;
import io.thalweg.view.host.ViewHost;
import io.thalweg.view.host.ViewPorts;
import io.thalweg.view.schedule.HostThreads;
import io.thalweg.view.schedule.ViewHostOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hosts of three nodes that follow the same stream and compare what they have come to; in the memory of one a bit turns. */
class OddViewTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final ViewId VIEW = new ViewId(new UUID(3, 3));
    private static final StreamId STREAM = StreamId.of(new LogId(new UUID(2, 2)));
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** From one event to the next: a hundred of them are an hour. */
    private static final long EVENT_NS = Duration.ofSeconds(36).toNanos();

    @TempDir
    private Path root;

    private final AtomicLong head = new AtomicLong();
    private final List<Node> nodes = new ArrayList<>();

    /** The events that there are: each says its sequence. */
    private final EventReader events = new EventReader() {
        @Override
        public long head(StreamId stream) {
            return head.get();
        }

        @Override
        public long first(StreamId stream) {
            return 1;
        }

        @Override
        public EventBatch read(StreamId stream, long from, int maxEvents, int maxBytes) {
            long to = Math.min(head.get(), from + maxEvents - 1);
            return new PayloadBatch(
                    from,
                    null,
                    LongStream.rangeClosed(from, to)
                            .mapToObj(at -> ByteBuffer.allocate(8).putLong(at).array())
                            .toList(),
                    LongStream.rangeClosed(from, to)
                            .mapToObj(at -> at * EVENT_NS)
                            .toList());
        }

        @Override
        public boolean await(StreamId stream, long sequence, Duration timeout) throws InterruptedException {
            long endNs = System.nanoTime() + timeout.toNanos();
            synchronized (head) {
                while (head.get() < sequence) {
                    long leftMs = (endNs - System.nanoTime()) / 1_000_000;
                    if (leftMs <= 0) {
                        return false;
                    }
                    head.wait(leftMs);
                }
                return true;
            }
        }
    };

    /** A number that depends on all events and their order. */
    private static final class Sum implements ViewProgram {
        private final AtomicLong turned = new AtomicLong();

        static long next(long sum, long event) {
            return 31 * sum + event;
        }

        @Override
        public boolean usesIndex() {
            return false;
        }

        @Override
        public String world() {
            return "test:sum";
        }

        @Override
        public List<String> stubs() {
            return List.of();
        }

        @Override
        public ViewInstance start(ViewLimits limits, ViewIndex index, MemoryGrant memory) {
            return new ViewInstance() {
                private long sum;

                @Override
                public void init() {}

                @Override
                public @Nullable String append(EventBatch event) {
                    sum = next(sum, event.payload().getLong()) ^ turned.getAndSet(0);
                    return null;
                }

                @Override
                public ViewAnswer query(ViewQuery query) {
                    return ViewAnswer.untyped(snapshot());
                }

                @Override
                public byte[] snapshot() {
                    return ByteBuffer.allocate(8).putLong(sum).array();
                }

                @Override
                public void restore(byte[] snapshot) {
                    sum = ByteBuffer.wrap(snapshot).getLong();
                }

                @Override
                public long memoryBytes() {
                    return 8;
                }

                @Override
                public void interrupt() {}

                @Override
                public void close() {}
            };
        }

        @Override
        public void close() {}
    }

    /** A node; the first leads. */
    private final class Node implements RunningViews, ViewReplicas {
        private final int number = nodes.size();
        private final Sum program = new Sum();
        private final StateComparison comparison = new StateComparison(this, this);
        private final ViewHost host;

        Node() {
            ViewHostOptions options = ViewHostOptions.in(root.resolve("node-" + number));
            host = ViewHost.open(
                    options,
                    new ViewPorts(
                            new FileDisk(),
                            Clock.system(),
                            HostThreads.start(options),
                            _ -> MemoryGrant.unbounded(),
                            _ -> events,
                            _ -> CompletableFuture.completedFuture(null),
                            (_, _) -> {}));
            VersionSpec version = new VersionSpec(
                    1,
                    new byte[1],
                    1,
                    new ViewLimits(1 << 20, Duration.ofSeconds(30), 1 << 20),
                    new SnapshotPolicy(70, Duration.ofDays(1), 1 << 30),
                    PoisonPolicy.PARK,
                    false,
                    false,
                    Set.of(),
                    () -> program);
            host.apply(new ViewSpec(TENANT, VIEW, STREAM, 1, List.of(version)));
        }

        long answer(long after) throws InterruptedException {
            QueryOutcome outcome =
                    host.query(VIEW, new ViewQuery(List.of(), new byte[0]), Position.of(STREAM, after), PATIENCE);
            ViewAnswer answer = ((QueryOutcome.Answered) outcome).answer();
            return ByteBuffer.wrap(((ViewAnswer.Result) answer).body()).getLong();
        }

        /** The newest place at which it knows what it has come to; 0 for none. */
        long newest() {
            return status().getFirst().digests().stream()
                    .mapToLong(StateDigest::sequence)
                    .max()
                    .orElse(0);
        }

        @Override
        public List<VersionStatus> status() {
            return host.status();
        }

        @Override
        public OptionalInt shard(VersionStatus version) {
            return OptionalInt.of(1);
        }

        @Override
        public boolean leads(int shard) {
            return number == 0;
        }

        @Override
        public void retry(ViewId view, int version) {
            host.retry(view, version);
        }

        @Override
        public boolean renew(ViewId view, int version, long sequence) {
            return host.renew(view, version, sequence);
        }

        @Override
        public int holders(int shard) {
            return nodes.size();
        }

        @Override
        public List<Replica> others(int shard, ViewId view) {
            return nodes.stream()
                    .filter(node -> node != this)
                    .map(node -> new Replica(
                            "node-" + node.number,
                            node.leads(shard),
                            node.host.status(view).stream()
                                    .map(status -> Json.read(
                                            Json.write(ReplicaStatus.of(status)), ReplicaStatus.class)) // as it travels
                                    .toList()))
                    .toList();
        }

        @Override
        public Optional<Replica> leading(int shard, ViewId view) {
            return others(shard, view).stream().filter(Replica::leads).findFirst();
        }
    }

    /** Some events, which all process; returns when all know what they have come to at the newest place. */
    private void pass(int count) throws InterruptedException {
        long to = head.addAndGet(count);
        synchronized (head) {
            head.notifyAll();
        }
        for (Node node : nodes) {
            var _ = node.answer(to);
        }
        long newest = (to - 1) / 100 * 100;
        for (Node node : nodes) {
            await().atMost(PATIENCE).until(() -> node.newest() == newest);
        }
    }

    /** What all have come to that processed all events. */
    private long right() {
        return LongStream.rangeClosed(1, head.get()).reduce(0, Sum::next);
    }

    private void compare() throws InterruptedException {
        for (int look = 0; look < 5; look++) {
            for (Node node : nodes) {
                node.comparison.look();
            }
        }
    }

    private long renewed() {
        return nodes.stream().mapToLong(node -> node.host.renewed()).sum();
    }

    @Test
    void theOddOneIsFoundAndComesToTheSameAgainBeItTheLeadersOrNot() throws Exception {
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node());
        }
        try {
            pass(1);
            for (int odd = 0; odd < 3; odd++) {
                pass(250);
                compare();
                assertThat(renewed()).isEqualTo(odd);
                nodes.get(odd).program.turned.set(1 << 20);
                pass(250);
                assertThat(nodes.get(odd).answer(0)).isNotEqualTo(right());
                compare();
                assertThat(renewed()).isEqualTo(odd + 1);
                assertThat(nodes.get(odd).host.renewed()).isEqualTo(1);
                for (Node node : nodes) {
                    await().atMost(PATIENCE).until(() -> node.answer(head.get()) == right());
                }
            }
        } finally {
            nodes.forEach(node -> node.host.close());
        }
    }
}
