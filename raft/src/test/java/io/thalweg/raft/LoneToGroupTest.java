package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A lone shard goes on as a group, without an end to what it answers, and wherever a crash ends that, one of the two is there. */
@Timeout(300)
class LoneToGroupTest {
    @TempDir
    private Path directory = Path.of("");

    /** What the group begins with. */
    private Replica.Position covered = Replica.Position.NONE;

    private Shard lone() throws IOException {
        FormerRaftLog former = new FormerRaftLog(directory.resolve("raft"));
        Shard shard = Shard.openLone(
                ShardOptions.in(directory), new FileDisk(), Clock.system(), former.newest(), Copy.machines(directory));
        former.remove();
        return shard;
    }

    private Shard group(RatisNode node, boolean fromLone) {
        return Shard.open(
                ShardOptions.in(directory),
                new FileDisk(),
                node.options().clock(),
                node.shard(of(fromLone)),
                Copy.machines(directory));
    }

    private ShardGroup of(boolean fromLone) {
        return new ShardGroup(0, Copy.oneMember(), directory.resolve("raft"), fromLone);
    }

    private static Reply call(Shard shard, Request request) throws Exception {
        Reply reply = shard.submit(request).get(60, TimeUnit.SECONDS);
        var _ = reply.orThrow();
        return reply;
    }

    private static void fill(Shard shard) throws Exception {
        var _ = call(shard, Copy.createStream());
        for (Request request : Copy.openLedger()) {
            var _ = call(shard, request);
        }
        for (int i = 0; i < 20; i++) {
            if (i == 10) {
                var _ = shard.snapshot().get(60, TimeUnit.SECONDS); // one that is older than what a group begins with
            }
            var _ = call(shard, Copy.append(i, 1000));
            var _ = call(shard, Copy.transfers(1 + 10L * i, 10));
        }
    }

    private static List<Long> upTo(long count) {
        return LongStream.range(0, count).boxed().toList();
    }

    @Test
    void requestsWaitAndNoneIsLostAndEventsAreReadMeanwhile() throws Exception {
        List<CompletableFuture<Reply>> answers = new ArrayList<>();
        AtomicBoolean over = new AtomicBoolean();
        int there;
        try (RatisNode node = Copy.oneNode()) {
            try (Shard shard = lone()) {
                fill(shard);
                long term = shard.standing().term();
                UUID session = UUID.randomUUID();
                Thread writer = Thread.ofPlatform().start(() -> {
                    // Some after it is a group, too.
                    for (int more = 0; more < 50; more += over.get() ? 1 : 0) {
                        long number = answers.size() + 1L;
                        CompletableFuture<Reply> reply = shard.submit(Copy.append(19 + number, 100, session, number));
                        answers.add(reply);
                        var _ = reply.orTimeout(60, TimeUnit.SECONDS)
                                .handle((done, _) -> done)
                                .join();
                    }
                });
                long before = shard.events().head(Copy.STREAM);
                shard.becomeGroup(replica -> {
                    assertThat(Copy.values(shard)).hasSizeGreaterThanOrEqualTo((int) before);
                    return node.shard(of(true)).apply(replica);
                });
                // Its first election: who comes from elsewhere finds a leader behind that.
                var _ = node.group(0).orElseThrow().leading().get(60, TimeUnit.SECONDS);
                over.set(true);
                writer.join();
                int answered = 0;
                for (CompletableFuture<Reply> answer : answers) {
                    answered += answer.get() instanceof Reply.Done ? 1 : 0;
                }
                List<Long> values = Copy.values(shard);
                there = values.size();
                assertThat(values).isSorted().doesNotHaveDuplicates().hasSize(20 + answered);
                assertThat(shard.standing().role()).isEqualTo(Consensus.Role.LEADER);
                assertThat(shard.standing().term()).isGreaterThan(term);
                assertThatThrownBy(() -> shard.becomeGroup(node.shard(of(true))))
                        .hasMessageContaining("a group already");
                await().atMost(Trio.PATIENCE).until(() -> !ShardGroup.isBeginning(directory.resolve("raft")));
            }
        }
        try (RatisNode node = Copy.oneNode();
                Shard shard = group(node, false)) {
            var _ = node.group(0).orElseThrow().leading().get(60, TimeUnit.SECONDS);
            var _ = shard.barrier().get(60, TimeUnit.SECONDS);
            assertThat(Copy.values(shard)).hasSize(there).isSorted();
        }
        assertThatThrownBy(this::lone).hasMessageContaining("group of several nodes");
    }

    @Test
    void requestsThatWaitedAreOrderedAsTheyCame() throws Exception {
        // Far more than an entry takes: they are proposed in many.
        int bytes = 16 << 10;
        int count = 256;
        assertThat(count * bytes).isGreaterThan(8 * ShardOptions.in(directory).entryBytesTarget());
        List<CompletableFuture<Reply>> answers = new ArrayList<>();
        UUID session = UUID.randomUUID();
        try (RatisNode node = Copy.oneNode();
                Shard shard = lone()) {
            fill(shard);
            shard.becomeGroup(replica -> {
                for (int i = 0; i < count; i++) {
                    answers.add(shard.submit(Copy.append(20 + i, bytes, session, 1 + i)));
                }
                return node.shard(of(true)).apply(replica);
            });
            for (CompletableFuture<Reply> answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS)).isInstanceOf(Reply.Done.class);
            }
            assertThat(Copy.values(shard)).isEqualTo(upTo(20 + count));
        }
    }

    /** What is on disk when a process ends. */
    enum Ended {
        BEFORE,
        AT_THE_NOTE,
        AT_THE_MARK,
        IN_THE_TERM,
        BEFORE_ITS_LOG,
        AFTER
    }

    @ParameterizedTest
    @EnumSource
    void whereverItEndsAStartFindsAllOfIt(Ended at) throws Exception {
        byte[] digest = grow(at);
        cut(at);
        for (int life = 0; life < 2; life++) {
            boolean isGroup = ShardGroup.isIn(directory.resolve("raft"));
            assertThat(isGroup).isEqualTo(at.compareTo(Ended.AT_THE_NOTE) > 0);
            try (RatisNode node = Copy.oneNode();
                    Shard shard = isGroup ? group(node, ShardGroup.isBeginning(directory.resolve("raft"))) : lone()) {
                if (isGroup) {
                    var _ = node.group(0).orElseThrow().leading().get(60, TimeUnit.SECONDS);
                }
                if (life == 0) {
                    assertThat(shard.digest()).isEqualTo(digest); // before a marker has moved the shard's time
                }
                var _ = shard.barrier().get(60, TimeUnit.SECONDS);
                assertThat(Copy.values(shard)).isEqualTo(upTo(20 + life));
                var _ = call(shard, Copy.append(20 + life, 64));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AT_THE_MARK", "BEFORE_ITS_LOG"})
    void aGroupThatBeginsDoesNotDoWithAnOlderSnapshot(Ended at) throws Exception {
        var _ = grow(at);
        cut(at);
        List<Path> snapshots;
        try (Stream<Path> all = Files.list(directory.resolve("state"))) {
            snapshots = all.sorted().toList();
        }
        assertThat(snapshots).hasSizeGreaterThan(1);
        byte[] bytes = Files.readAllBytes(snapshots.getLast());
        bytes[bytes.length - 1] ^= 1;
        Files.write(snapshots.getLast(), bytes);
        for (int life = 0; life < 2; life++) {
            try (RatisNode node = Copy.oneNode()) {
                assertThatThrownBy(() -> group(node, true))
                        .hasMessageContaining("the group begins with entry " + covered.index());
            }
        }
    }

    @Test
    void aGroupThatHadEntriesDoesNotBeginAgain() throws Exception {
        var _ = grow(Ended.AFTER);
        Path raft = directory.resolve("raft");
        new BeginningNote(raft).write(covered);
        Path group = raft.resolve(of(true).groupId().getUuid().toString());
        try (Stream<Path> all = Files.walk(group)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
        try (RatisNode node = Copy.oneNode()) {
            assertThatThrownBy(() -> group(node, true)).hasMessageContaining("the shard has, or had, entries up to");
        }
    }

    /** Returns the digest of what is there before. */
    private byte[] grow(Ended at) throws Exception {
        RatisNode node = Copy.oneNode();
        try (Shard shard = lone()) {
            fill(shard);
            try {
                shard.becomeGroup(replica -> {
                    if (at == Ended.BEFORE) {
                        throw new IllegalStateException("the process ends");
                    }
                    covered = begunWith(replica);
                    return node.shard(of(true)).apply(replica);
                });
                var _ = node.group(0).orElseThrow().leading().get(60, TimeUnit.SECONDS);
            } catch (IllegalStateException e) {
                assertThat(at).as("%s", e).isEqualTo(Ended.BEFORE);
            }
            byte[] digest = shard.digest();
            Path note = directory.resolve("raft").resolve(ShardGroup.FROM_LONE);
            await().atMost(Trio.PATIENCE).until(() -> !Files.exists(note));
            end(node);
            return digest;
        } finally {
            node.close();
        }
    }

    private static Replica.Position begunWith(Replica replica) {
        try {
            return replica.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Before the shard, as when a process is killed: no snapshot is taken any more. */
    private static void end(RatisNode node) {
        node.close();
    }

    /** Takes away what a group writes later. */
    private void cut(Ended at) throws IOException {
        Path raft = directory.resolve("raft");
        if (at == Ended.BEFORE || at == Ended.AFTER) {
            assertThat(raft.resolve(ShardGroup.FROM_LONE)).doesNotExist();
            return;
        }
        Path current = of(true).current();
        Path group = raft.resolve(of(true).groupId().getUuid().toString());
        for (Path file :
                List.of(current.resolve("raft-meta.conf"), group.resolve("in_use.lock"), raft.resolve("forced"))) {
            Files.deleteIfExists(file);
        }
        RaftLogInspector.clear(current);
        new BeginningNote(raft).write(covered);
        if (at == Ended.BEFORE_ITS_LOG) {
            return;
        }
        Files.move(current.resolve("raft-meta"), current.resolve("raft-meta.fresh"));
        if (at == Ended.IN_THE_TERM) {
            Files.writeString(current.resolve("raft-meta.fresh"), "ter");
            return;
        }
        Files.delete(current.resolve("raft-meta.fresh"));
        Files.delete(current);
        Files.delete(group);
        if (at == Ended.AT_THE_NOTE) {
            Files.delete(raft.resolve(ShardGroup.MARK));
        }
    }
}
