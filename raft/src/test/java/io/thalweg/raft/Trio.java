package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.clock.Clock;
import io.thalweg.raft.peer.Member;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Replica;
import io.thalweg.shard.ShardOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One shard on three nodes in this process, each with its own directory and port, for tests; a fourth may join. */
final class Trio implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int NODES = 4;

    private final Path directory;
    private Duration silence;
    private final List<Member> members = new ArrayList<>();
    private final @Nullable Copy[] copies = new @Nullable Copy[NODES];
    private final AtomicLong[] aheadNs = new AtomicLong[NODES];
    private final long logKeptBytes;
    private UnaryOperator<RatisOptions> nodes = options -> options;
    private UnaryOperator<ShardOptions> shards = options -> options;

    /**
     * @param silence the shortest after which a member that is started now stands; twice that is the longest
     * @param logKeptBytes half of which stays of a log although a snapshot covers it
     */
    private Trio(Path directory, Duration silence, long logKeptBytes) throws IOException {
        this.directory = directory;
        this.silence = silence;
        this.logKeptBytes = logKeptBytes;
        for (int i = 0; i < NODES; i++) {
            members.add(new Member("n" + i, "127.0.0.1", Copy.freePort()));
            aheadNs[i] = new AtomicLong();
        }
    }

    /** Three nodes that have a stream to append to, and whose logs have nothing that a snapshot covers. */
    static Trio open(Path directory) throws Exception {
        return open(directory, 0);
    }

    /** @param logKeptBytes half of which stays of a log although a snapshot covers it */
    static Trio open(Path directory, long logKeptBytes) throws Exception {
        Trio trio = new Trio(directory, Duration.ofSeconds(1), logKeptBytes);
        for (int i = 0; i < 3; i++) {
            trio.start(i);
        }
        var _ = trio.call(Copy.createStream());
        return trio;
    }

    /** The same with other options of nodes and of the shard. */
    static Trio open(Path directory, UnaryOperator<RatisOptions> nodes, UnaryOperator<ShardOptions> shards)
            throws Exception {
        Trio trio = new Trio(directory, Duration.ofSeconds(1), 0);
        trio.nodes = nodes;
        trio.shards = shards;
        for (int i = 0; i < 3; i++) {
            trio.start(i);
        }
        var _ = trio.call(Copy.createStream());
        return trio;
    }

    /** The same of which node 0 leads, and of those that are started behind it none stands because of silence. */
    static Trio patient(Path directory) throws Exception {
        Trio trio = new Trio(directory, Duration.ofSeconds(1), 0);
        trio.start(0);
        trio.silence = Duration.ofHours(1);
        trio.start(1);
        trio.start(2);
        var _ = trio.call(Copy.createStream());
        return trio;
    }

    /** Node 0 goes on with what a lone shard left in its folder; the others are to be started and added. */
    static Trio fromLone(Path directory) throws IOException {
        Trio trio = new Trio(directory, Duration.ofSeconds(1), 0);
        trio.start(0, group -> new ShardGroup(0, List.of(trio.member(0)), group, true));
        return trio;
    }

    List<Member> members() {
        return members;
    }

    /** Starts a node of the first three, or again one that was added. */
    void start(int i) throws IOException {
        start(i, i < 3 ? members.subList(0, 3) : List.of());
    }

    /** Starts a node of the first three whose program knows no version of orders behind this. */
    void startOlder(int i, int version) throws IOException {
        start(
                i,
                group -> new ShardGroup(0, members.subList(0, 3), group),
                replica -> new OlderReplica(replica, version));
    }

    /** Starts a node again that knows of itself alone. */
    void startAlone(int i) throws IOException {
        start(i, List.of(member(i)));
    }

    /** Starts a node that somebody will add to the group. */
    void startNew(int i) throws IOException {
        start(i, List.of());
    }

    /** Starts a node of the first three again that has lost all that it had, and has asked the others for their terms. */
    void startLost(int i) throws IOException {
        long term = 0;
        for (Copy copy : copies) {
            term = copy == null ? term : Math.max(term, copy.shard.standing().term());
        }
        ShardGroup lost = new ShardGroup(
                0, members.subList(0, 3), directory.resolve(Integer.toString(i)).resolve("raft"));
        lost.beginOnProbation(term);
        assertThat(lost.isOnProbation()).isTrue();
        start(i);
    }

    private void start(int i, List<Member> first) throws IOException {
        start(i, group -> new ShardGroup(0, first, group));
    }

    private void start(int i, Function<Path, ShardGroup> group) throws IOException {
        start(i, group, replica -> replica);
    }

    private void start(int i, Function<Path, ShardGroup> group, UnaryOperator<Replica> program) throws IOException {
        RatisNode node = RatisNode.open(nodes.apply(RatisOptions.listening(members.get(i))
                .withElection(silence, silence.multipliedBy(2))
                .withLogKept(logKeptBytes)
                .withClock(ahead(aheadNs[i]))));
        Path place = directory.resolve(Integer.toString(i));
        try {
            copies[i] =
                    new Copy(node, group.apply(place.resolve("raft")), shards.apply(ShardOptions.in(place)), program);
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /** Sets a node's wall clock ahead of what is right. */
    void setAhead(int i, Duration by) {
        aheadNs[i].set(by.toNanos());
    }

    private static Clock ahead(AtomicLong byNs) {
        return new Clock() {
            @Override
            public long wallNs() {
                return Clock.system().wallNs() + byNs.get();
            }

            @Override
            public long monotonicNs() {
                return Clock.system().monotonicNs();
            }
        };
    }

    /** Whether a copy ever took the place of what a node had. */
    boolean wasCopied(int i) {
        return Files.exists(directory.resolve(Integer.toString(i)).resolve("incoming"));
    }

    Member member(int i) {
        return members.get(i);
    }

    Copy copy(int i) {
        return Objects.requireNonNull(copies[i], "node is stopped");
    }

    void stop(int i) {
        Copy copy = copy(i);
        copies[i] = null;
        copy.close();
    }

    void kill(int i) {
        Copy copy = copy(i);
        copies[i] = null;
        copy.kill();
    }

    /** The number of the node that leads; waits for one. */
    int leader() {
        int[] found = {-1};
        await().atMost(PATIENCE).until(() -> {
            for (int i = 0; i < NODES; i++) {
                Copy copy = copies[i];
                if (copy != null && copy.shard.role() == Consensus.Role.LEADER) {
                    found[0] = i;
                }
            }
            return found[0] >= 0;
        });
        return found[0];
    }

    /** Has whoever leads answer, again and again: only for requests of which a repeat does no harm. */
    Reply call(Request request) throws Exception {
        for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; Thread.sleep(20)) {
            try {
                Request again = new Request(
                        request.tenant(),
                        request.session(),
                        request.number(),
                        request.operation(),
                        request.body().duplicate().order(request.body().order()),
                        request.room());
                Reply reply = copy(leader()).shard.submit(again).get(20, TimeUnit.SECONDS);
                if (!(reply instanceof Reply.Refused refused)
                        || (refused.code() != ErrorCode.NOT_LEADER && refused.code() != ErrorCode.UNAVAILABLE)) {
                    return reply;
                }
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(ThalwegException.class);
            } catch (TimeoutException _) {
                // The leader was cut off, and does not know yet.
            }
        }
        throw new AssertionError("nobody answered within " + PATIENCE);
    }

    /** Has whoever leads give the leadership to a node, again and again. */
    void transfer(int to) throws Exception {
        for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; Thread.sleep(20)) {
            int from = leader();
            if (from == to) {
                return;
            }
            try {
                copy(from).shard.transferLeadership("n" + to).get(20, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(ThalwegException.class);
            }
        }
        throw new AssertionError("node " + to + " did not take over within " + PATIENCE);
    }

    /** Has whoever leads make these the members of the group, again and again. */
    void change(List<Member> wanted) throws Exception {
        for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; Thread.sleep(20)) {
            RatisConsensus leading = copy(leader()).consensus();
            try {
                leading.change(wanted).get(60, TimeUnit.SECONDS);
                assertThat(leading.members()).containsExactlyInAnyOrderElementsOf(wanted);
                return;
            } catch (ExecutionException e) {
                // It does not lead any more, or what was asked for before is still under way.
                assertThat(e).hasCauseInstanceOf(ThalwegException.class);
            }
        }
        throw new AssertionError("the members did not become " + wanted + " within " + PATIENCE);
    }

    /** Waits until these nodes have applied the same, and compares what it made of them. */
    void awaitAgreement(int... nodes) throws Exception {
        var _ = call(
                Request.of(Copy.TENANT, io.thalweg.model.request.Operation.MARKER, java.nio.ByteBuffer.allocate(0)));
        await().atMost(PATIENCE).untilAsserted(() -> {
            long applied = copy(leader()).shard.appliedIndex();
            for (int node : nodes) {
                assertThat(copy(node).shard.appliedIndex()).as("node %d", node).isEqualTo(applied);
            }
        });
        List<String> digests = new ArrayList<>();
        List<List<Long>> values = new ArrayList<>();
        for (int node : nodes) {
            digests.add(HexFormat.of().formatHex(copy(node).shard.digest()));
            values.add(copy(node).values());
        }
        assertThat(digests).as("states at one position").containsOnly(digests.getFirst());
        assertThat(values).as("events at one position").containsOnly(values.getFirst());
    }

    @Override
    public void close() {
        for (int i = 0; i < NODES; i++) {
            if (copies[i] != null) {
                kill(i);
            }
        }
    }
}
