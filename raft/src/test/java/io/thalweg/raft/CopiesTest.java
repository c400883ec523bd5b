package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.raft.peer.Member;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.CopyOut;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import io.thalweg.shard.ShardOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.FollowerInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies on their way between nodes. */
@Timeout(300)
class CopiesTest {
    private static final int EVENTS = 8;

    @TempDir
    Path directory;

    /** A shard whose snapshot is due with almost each entry. */
    private static ShardOptions alwaysDue(ShardOptions options) {
        return options.withSnapshotEvery(1, 1).withSegmentBytes(1 << 20);
    }

    /** A node whose copies do not go in one piece then. */
    private static RatisOptions slow(RatisOptions options) {
        return options.withCopyBandwidth(16 << 20).withSnapshotsWaiting(Duration.ofMillis(50));
    }

    /** A node with the shard, as which its consensus sees it. */
    private record Side(Copy copy, Replica replica) implements AutoCloseable {
        static Side of(Member self, List<Member> members, Path place) throws IOException {
            AtomicReference<@Nullable Replica> seen = new AtomicReference<>();
            RatisNode node = RatisNode.open(slow(RatisOptions.listening(self)
                    .withElection(Duration.ofMillis(50), Duration.ofMillis(100))
                    .withLogKept(0)));
            Copy copy = new Copy(
                    node,
                    new ShardGroup(0, members, place.resolve("raft")),
                    alwaysDue(ShardOptions.in(place)),
                    replica -> {
                        seen.set(replica);
                        return replica;
                    });
            return new Side(copy, Objects.requireNonNull(seen.get()));
        }

        @Override
        public void close() {
            copy.kill();
        }
    }

    /** A node with a mebibyte for each event, and one that has nothing. */
    private final class Two implements AutoCloseable {
        private final Member from = new Member("n1", "127.0.0.1", Copy.freePort());
        private final Member to = new Member("n2", "127.0.0.1", Copy.freePort());
        private final Side sender = Side.of(from, List.of(from), directory.resolve("from"));
        private final Side taker = Side.of(to, List.of(), directory.resolve("to"));

        Two() throws Exception {
            sender.copy.consensus().leading().get(60, TimeUnit.SECONDS);
            var _ = sender.copy.shard.submit(Copy.createStream()).get(60, TimeUnit.SECONDS);
            for (int i = 0; i < EVENTS; i++) {
                append(1 << 20);
            }
            sender.copy.shard.snapshot().get(60, TimeUnit.SECONDS);
            taker.copy.node.meet(List.of(from));
        }

        void append(int bytes) throws Exception {
            sender.copy
                    .shard
                    .submit(Copy.append(0, bytes))
                    .get(60, TimeUnit.SECONDS)
                    .orThrow();
        }

        @Override
        public void close() {
            taker.close();
            sender.close();
        }
    }

    /** Does something again and again until it is closed, and then fails if that did. */
    private static final class Again implements AutoCloseable {
        private volatile boolean ends;
        private @Nullable Exception failure;
        private final Thread thread;

        Again(Callable<?> what) {
            thread = Thread.ofPlatform().start(() -> {
                try {
                    while (!ends) {
                        var _ = what.call();
                    }
                } catch (Exception e) {
                    failure = e;
                }
            });
        }

        @Override
        public void close() {
            ends = true;
            assertThatCode(thread::join).doesNotThrowAnyException();
            assertThat(failure).isNull();
        }
    }

    @Test
    void aSnapshotThatIsAlwaysDueIsTakenInBetweenAndTheCopyComesAllTheSame() throws Exception {
        try (Two two = new Two()) {
            List<Position> covered = new ArrayList<>();
            AtomicInteger most = new AtomicInteger();
            CopyTaker copies = new CopyTaker(
                    "test",
                    two.taker.replica,
                    (node, least, interrupted, into) -> {
                        most.accumulateAndGet(interrupted, Math::max);
                        try {
                            return Copies.fetch(two.taker.copy.node.roads(), node, 0, () -> least, interrupted, into);
                        } finally {
                            covered.add(into.covers());
                        }
                    },
                    System::nanoTime);
            try (Again _ = new Again(() -> {
                two.append(64);
                return 0;
            })) {
                AtomicReference<Optional<CopyIn>> whole = new AtomicReference<>(Optional.empty());
                await().atMost(Trio.PATIENCE).until(() -> {
                    whole.set(copies.attempt(List.of("n1"), 1));
                    return whole.get().isPresent();
                });
                CopyIn copy = whole.get().orElseThrow();
                assertThat(copy.taken()).isEqualTo(copy.total()).isGreaterThan(EVENTS << 20);
                assertThat(copy.arrived()).isEqualTo(copy.covers()).isEqualTo(covered.getLast());
                long sent = two.sender.copy.node.copiedBytes();
                // Each attempt brings the newest segment anew, which is written to, and a snapshot.
                assertThat(sent).isBetween(copy.total(), copy.total() + (most.get() + 1) * (2L << 20));

                // And a node of before, which would begin at nothing, gets its copy in one piece.
                // It asks again, too, where a snapshot is just being taken.
                await().atMost(Trio.PATIENCE)
                        .ignoreException(Copies.BrokenOffException.class)
                        .until(() -> {
                            CopyIn before = two.taker.replica.copyIn();
                            Copies.fetchWhole(two.taker.copy.node.roads(), "n1", 0, () -> 1, before);
                            return before.came() > EVENTS << 20;
                        });
            }
            assertThat(most.get()).as("how often it was broken off").isGreaterThanOrEqualTo(2);
            assertThat(new TreeSet<>(covered.stream().map(Position::index).toList()))
                    .as("snapshots of which it came")
                    .hasSizeGreaterThanOrEqualTo(3);

            two.sender.copy.shard.snapshot().get(60, TimeUnit.SECONDS);
            CopyIn copy = copies.attempt(List.of("n1"), 1).orElseThrow();
            assertThat(two.taker.replica.install(copy)).isEqualTo(covered.getLast());
            assertThat(two.taker.copy.values()).isEqualTo(two.sender.copy.values());
            assertThat(two.taker.copy.shard.digest()).isEqualTo(two.sender.copy.shard.digest());
            long more = covered.getLast().index() + 1;
            AtomicInteger chunks = new AtomicInteger();
            assertThatThrownBy(() -> Copies.fetch(
                            two.taker.copy.node.roads(),
                            "n1",
                            0,
                            () -> chunks.incrementAndGet() == 1 ? 1 : more, // entries come meanwhile
                            0,
                            two.taker.replica.copyIn()))
                    .isInstanceOf(Copies.BrokenOffException.class)
                    .hasMessageContaining("needed is");
        }
    }

    /** The same in a group, where the leader has cut its log, and goes on cutting it. */
    @Test
    void aMemberComesBackByCopiesThatBreakOffForTheLeadersSnapshots() throws Exception {
        try (Trio trio = Trio.open(directory, CopiesTest::slow, CopiesTest::alwaysDue)) {
            trio.call(Copy.append(0, 64)).orThrow();
            int away = (trio.leader() + 1) % 3;
            trio.kill(away);
            for (int round = 0; round < 2; round++) { // each term closes a segment of the Raft log
                for (int i = 0; i < EVENTS / 2; i++) {
                    trio.call(Copy.append(1, 1 << 20)).orThrow();
                }
                trio.transfer(3 - away - trio.leader());
            }
            await().atMost(Trio.PATIENCE).until(() -> {
                trio.call(Copy.append(2, 64)).orThrow();
                return trio.copy(trio.leader())
                                .consensus()
                                .division()
                                .getRaftLog()
                                .getStartIndex()
                        > EVENTS;
            });
            try (Again _ = new Again(() -> trio.call(Copy.append(2, 64)).orThrow())) {
                trio.start(away);
                await().atMost(Trio.PATIENCE).until(() -> trio.copy(away).shard.appliedIndex() > EVENTS);
            }
            trio.awaitAgreement(0, 1, 2);
            assertThat(trio.wasCopied(away)).isTrue();
        }
    }

    private static ReplicaStateMachine machine(Side side) {
        return (ReplicaStateMachine) side.copy.consensus().division().getStateMachine();
    }

    /** A leader says that its log begins with an entry. */
    private static CompletableFuture<TermIndex> notice(ReplicaStateMachine machine, long first) {
        RaftPeerProto leader =
                RaftPeerProto.newBuilder().setId(ByteString.copyFromUtf8("n1")).build();
        RoleInfoProto role = RoleInfoProto.newBuilder()
                .setFollowerInfo(FollowerInfoProto.newBuilder()
                        .setLeaderInfo(ServerRpcProto.newBuilder().setId(leader)))
                .build();
        return machine.notifyInstallSnapshotFromLeader(role, TermIndex.valueOf(1, first));
    }

    /** Gives notices until a copy is there, which Ratis is not told by itself: the leader may be gone by then. */
    private static void fetch(ReplicaStateMachine machine, long first) {
        await().atMost(Trio.PATIENCE).until(() -> {
            CompletableFuture<TermIndex> answer = notice(machine, first);
            assertThatThrownBy(() -> answer.get(60, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
            return answer.handle((_, e) -> String.valueOf(e.getMessage()).contains("asked again"))
                    .join();
        });
    }

    @Test
    void whoAsksNextIsToldOfACopyAndWhatNobodyAsksForGoes() throws Exception {
        try (Two two = new Two()) {
            ReplicaStateMachine machine = machine(two.taker);
            fetch(machine, 2);
            CompletableFuture<TermIndex> told = notice(machine, 2);
            assertThat(told).isDone();
            machine.pause();
            assertThat(notice(machine, 2)).as("while it is put in place").isCompletedWithValue(null);
            machine.reinitialize();
            assertThat(two.taker.copy.values()).isEqualTo(two.sender.copy.values());
            long applied = told.join().getIndex();
            assertThat(machine.getLastAppliedTermIndex()).isEqualTo(told.join());

            for (int i = 0; i < 3; i++) {
                two.append(1 << 10);
            }
            two.sender.copy.shard.snapshot().get(60, TimeUnit.SECONDS);
            fetch(machine, applied + 2);
            assertThat(incoming()).isNotEmpty();
            long end = machine(two.sender).getLastAppliedTermIndex().getIndex();
            for (long index = applied + 1; index <= end; index++) {
                machine.notifyTermIndexUpdated(told.join().getTerm(), index);
            }
            await().atMost(Trio.PATIENCE)
                    .ignoreException(UncheckedIOException.class) // a file goes while it is listed
                    .until(() -> incoming().isEmpty());
            assertThat(notice(machine, end + 1)).as("none is needed").isCompletedWithValue(null);
        }
    }

    @Test
    void aLeaderKeepsItsLogBehindWhatAnotherMemberGives() throws Exception {
        try (Two two = new Two()) {
            Position covers = machine(two.sender).covered();
            var _ = two.taker
                    .copy
                    .node
                    .ask(two.from, RatisNode.GAVE, 0, RatisNode.encode(covers), Duration.ofSeconds(30))
                    .get(60, TimeUnit.SECONDS);
            for (int i = 0; i < 3; i++) {
                two.append(64);
                two.sender.copy.shard.snapshot().get(60, TimeUnit.SECONDS);
            }
            await().atMost(Trio.PATIENCE)
                    .until(() -> machine(two.sender).covered().index() > covers.index());
            assertThat(machine(two.sender).released().index()).isLessThanOrEqualTo(covers.index());
        }
    }

    // ---- whom a copy is asked from

    /** What the members of a group do about a copy, one after the other. */
    private static final class Members implements CopyTaker.Source {
        private final Replica whole;
        private final List<String> asked = new ArrayList<>();
        private final List<Integer> interruptions = new ArrayList<>();
        private final List<Does> next = new ArrayList<>();
        private final List<String> keep = new CopyOnWriteArrayList<>();

        /** @param whole of which the copies are */
        Members(Replica whole) {
            this.whole = whole;
        }

        @FunctionalInterface
        private interface Does {
            Position what(CopyIn into) throws IOException;
        }

        private Members thenRefuses(boolean answers) {
            next.add(_ -> {
                throw answers
                        ? new Copies.BrokenOffException("later", false)
                        : new Copies.BrokenOffException("gone", null, Status.Code.UNAVAILABLE);
            });
            return this;
        }

        /** So much of a file comes. */
        private Members thenGives(int bytes, boolean snapshot) {
            return then(bytes, into -> {
                throw new Copies.BrokenOffException("broke off", snapshot);
            });
        }

        private Members then(int bytes, Does end) {
            next.add(into -> {
                try (CopyOut copy = copyOut()) {
                    copy.leaveOut(into.parts());
                    for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
                        into.take(ByteBuffer.wrap(chunk));
                        if (into.came() >= bytes) {
                            break;
                        }
                    }
                }
                return end.what(into);
            });
            return this;
        }

        private CopyOut copyOut() {
            return await().atMost(Trio.PATIENCE) // a snapshot may just be made
                    .ignoreException(IOException.class)
                    .until(whole::copyOut, Objects::nonNull);
        }

        @Override
        public Position fetch(String node, long least, int interrupted, CopyIn into) throws IOException {
            asked.add(node);
            interruptions.add(interrupted);
            return next.removeFirst().what(into);
        }

        @Override
        public void keepsLog(String node, Position covers) {
            keep.add(node + " " + covers.index());
        }

        private List<String> asked() {
            List<String> those = List.copyOf(asked);
            asked.clear();
            assertThat(next).as("left to do").isEmpty();
            return those;
        }
    }

    private List<Path> incoming() throws IOException {
        try (Stream<Path> all = Files.walk(directory.resolve("to/incoming"))) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void whoGaveAPartIsAskedAloneAsLongAsItGoesOnGiving() throws Exception {
        List<String> all = List.of("n1", "n2", "n3");
        try (Two two = new Two()) {
            Members members = new Members(two.sender.replica);
            long[] nowNs = {0};
            CopyTaker copies = new CopyTaker("test", two.taker.replica, members, () -> nowNs[0]);

            // A leader that gives none for a minute, and one whose copy is too old, do not keep the third from being
            // asked.
            for (int i = 0; i < 2; i++) {
                members.thenRefuses(i == 0);
                assertThat(copies.attempt(all, 1)).isEmpty();
                assertThat(members.asked()).containsExactly("n1");
                nowNs[0] += CopyTaker.SILENT_NS_MAX / 2;
            }
            members.thenRefuses(true).then(0, CopiesTest::isTooOld).thenGives(1 << 20, false);
            assertThat(copies.attempt(all, 1)).isEmpty();
            assertThat(members.asked()).isEqualTo(all);
            assertThat(incoming()).isNotEmpty();

            // It says for minutes that its snapshot comes first.
            for (int i = 0; i < 5; i++) {
                nowNs[0] += CopyTaker.SILENT_NS_MAX / 2;
                members.thenRefuses(true);
                assertThat(copies.attempt(all, 1)).isEmpty();
                assertThat(members.asked()).containsExactly("n3");
            }
            members.thenGives(1 << 20, true);
            assertThat(copies.attempt(all, 1)).isEmpty();
            assertThat(members.asked()).containsExactly("n3");

            // It says nothing any more, and others are asked behind a minute; nothing is left of its files.
            nowNs[0] += CopyTaker.SILENT_NS_MAX / 2;
            members.thenRefuses(false);
            assertThat(copies.attempt(all, 1)).isEmpty();
            assertThat(members.asked()).containsExactly("n3");
            nowNs[0] += CopyTaker.SILENT_NS_MAX / 2;
            members.then(0, into -> {
                assertThat(incoming()).isEmpty();
                throw new Copies.BrokenOffException("later", false);
            });
            members.thenGives(1 << 20, true);
            assertThat(copies.attempt(all, 1)).isEmpty();
            assertThat(members.asked()).containsExactly("n1", "n2");

            // Whoever leaves the group is not waited for; and an end to "later" there is, too.
            members.thenGives(1 << 20, false);
            assertThat(copies.attempt(List.of("n1", "n3"), 1)).isEmpty();
            assertThat(members.asked()).containsExactly("n1");
            nowNs[0] += CopyTaker.LATER_NS_MAX;
            members.then(Integer.MAX_VALUE, CopyIn::arrived);
            Optional<CopyIn> whole = copies.attempt(List.of("n3", "n1"), 1);
            assertThat(members.asked()).containsExactly("n3");
            Position covers = whole.orElseThrow().covers();
            assertThat(members.keep).contains("n3 " + covers.index());
            assertThat(two.taker.replica.install(whole.orElseThrow()).index()).isPositive();
            assertThat(two.taker.copy.values()).isEqualTo(two.sender.copy.values());
            assertThat(members.interruptions).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2);

            members.thenRefuses(true);
            assertThat(copies.attempt(all, 1)).isEmpty();
            assertThat(members.interruptions.getLast()).isZero();
        }
    }

    /** A file that is written to comes anew each time, also from whoever fails behind it each time. */
    @Test
    void whoBringsTheSameAgainAndAgainIsNotWaitedFor() throws Exception {
        try (Two two = new Two()) {
            Members members = new Members(two.sender.replica);
            long[] nowNs = {0};
            CopyTaker copies = new CopyTaker(
                    "test",
                    two.taker.replica,
                    (node, least, interrupted, into) -> {
                        into.forget();
                        return members.fetch(node, least, interrupted, into);
                    },
                    () -> nowNs[0]);
            for (int i = 0; i < 2; i++) {
                members.then(1 << 20, into -> {
                    throw new Copies.BrokenOffException("gone", null, Status.Code.UNAVAILABLE);
                });
                assertThat(copies.attempt(List.of("n1", "n2"), 1)).isEmpty();
                assertThat(members.asked()).containsExactly("n1");
                nowNs[0] += CopyTaker.SILENT_NS_MAX / 2;
            }
            members.thenRefuses(false).thenRefuses(false);
            assertThat(copies.attempt(List.of("n1", "n2"), 1)).isEmpty();
            assertThat(members.asked()).containsExactly("n1", "n2");
        }
    }

    /** A link that breaks again while what came is still compared with what is there. */
    @Test
    void whoStillComparesIsNotSilent() throws Exception {
        try (Two two = new Two()) {
            Members members = new Members(two.sender.replica);
            long[] nowNs = {0};
            CopyTaker copies = new CopyTaker("test", two.taker.replica, members, () -> nowNs[0]);
            members.thenGives(1 << 20, false);
            assertThat(copies.attempt(List.of("n1", "n2"), 1)).isEmpty();
            assertThat(members.asked()).containsExactly("n1");
            for (int i = 0; i < 5; i++) {
                nowNs[0] += CopyTaker.SILENT_NS_MAX - 1;
                members.then(0, into -> {
                    throw new Copies.BrokenOffException("gone", null, Status.Code.UNAVAILABLE);
                });
                assertThat(copies.attempt(List.of("n1", "n2"), 1)).isEmpty();
                assertThat(members.asked()).containsExactly("n1");
            }
            assertThat(incoming()).isNotEmpty();
        }
    }

    private static Position isTooOld(CopyIn into) throws IOException {
        throw new Copies.BrokenOffException("would cover less", false);
    }

    @Test
    void nothingIsUsedOfWhatTheOwnDiskRefusedAndNothingWrittenBehindTheEnd() throws Exception {
        try (Two two = new Two()) {
            Members members = new Members(two.sender.replica);
            CopyTaker copies = new CopyTaker("test", two.taker.replica, members, System::nanoTime);
            members.thenGives(1 << 20, false);
            assertThat(copies.attempt(List.of("n1", "n2"), 1)).isEmpty();
            assertThat(incoming()).isNotEmpty();
            members.then(1 << 20, into -> {
                throw new IOException("no space left on device");
            });
            assertThat(copies.attempt(List.of("n2", "n1"), 1)).isEmpty();
            assertThat(members.asked()).containsExactly("n1", "n1");
            assertThat(incoming()).isEmpty();

            members.then(1 << 20, into -> {
                copies.end();
                return into.arrived();
            });
            assertThat(copies.attempt(List.of("n2", "n1"), 1)).isEmpty();
            assertThat(members.asked()).containsExactly("n2");
            List<Path> left = incoming();
            assertThat(left).isNotEmpty();
            assertThat(copies.attempt(List.of("n2", "n1"), 1)).isEmpty();
            assertThat(members.asked()).isEmpty();
            assertThat(incoming()).isEqualTo(left);
        }
    }

    @Test
    void allCopiesOfANodeShareItsBandwidth() {
        long[] nowNs = {0};
        Bandwidth bandwidth = new Bandwidth(1 << 20, () -> nowNs[0]);
        assertThat(bandwidth.takeNs(1 << 20)).isEqualTo(1_000_000_000L);
        assertThat(bandwidth.takeNs(1 << 19)).as("another").isEqualTo(1_500_000_000L);
        nowNs[0] = 1_000_000_000L;
        assertThat(bandwidth.takeNs(1 << 19)).isEqualTo(1_000_000_000L);
        nowNs[0] = 60_000_000_000L;
        assertThat(bandwidth.takeNs(1 << 20)).as("after a rest").isBetween(900_000_000L, 1_000_000_000L);
        assertThat(bandwidth.total()).isEqualTo(3 << 20);
    }

    /** Or those that wait for the others would be given up. */
    @Test
    void alsoTheLeastBandwidthBringsAPieceOfHundredsOfCopiesWithinAMinute() {
        Bandwidth least = new Bandwidth(1 << 16, () -> 0);
        long waitNs = 0;
        for (int copy = 0; copy < 500; copy++) {
            waitNs = least.takeNs(least.pieceBytes());
        }
        assertThat(waitNs).isLessThan(TimeUnit.SECONDS.toNanos(40));
        assertThat(new Bandwidth(256 << 20, () -> 0).pieceBytes()).isGreaterThanOrEqualTo(1 << 20);
    }
}
