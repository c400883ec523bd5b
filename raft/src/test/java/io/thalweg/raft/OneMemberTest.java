package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Reply;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A group that has one member so far: what a node does with its own files. */
class OneMemberTest {

    @TempDir
    Path directory;

    private Copy open() throws Exception {
        return Copy.alone(directory);
    }

    private static void putAll(Copy copy, long from, long to) throws Exception {
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (long value = from; value < to; value++) {
            replies.add(copy.put(value));
        }
        for (int i = 0; i < replies.size(); i++) {
            assertThat(Copy.sequence(replies.get(i).get(60, TimeUnit.SECONDS))).isEqualTo(from + i + 1);
        }
    }

    private static List<Long> range(long to) {
        return LongStream.range(0, to).boxed().toList();
    }

    @Test
    void whatIsProposedIsAppliedInThatOrderAndAgainAfterEachRestart() throws Exception {
        try (Copy copy = open()) {
            putAll(copy, 0, 10_000);
        }
        for (int run = 0; run < 3; run++) {
            Copy copy = open();
            putAll(copy, 10_000 + run, 10_001 + run);
            assertThat(copy.values()).isEqualTo(range(10_001 + run));
            if (run == 1) {
                copy.close();
            } else {
                copy.kill();
            }
        }
    }

    @Test
    void aSnapshotLetsTheClosedSegmentsOfTheRaftLogGo() throws Exception {
        for (int term = 0; term < 3; term++) { // each term begins a segment
            Copy copy = open();
            putAll(copy, term, term + 1);
            copy.kill();
        }
        try (Copy copy = open()) {
            assertThat(segments()).hasSize(4);
            assertThat(copy.shard.snapshot().get(30, TimeUnit.SECONDS)).isEqualTo(copy.shard.appliedIndex());
            await().atMost(Trio.PATIENCE)
                    .untilAsserted(() -> assertThat(segments()).hasSize(1));
            putAll(copy, 3, 4);
        }
        try (Copy copy = open()) {
            putAll(copy, 4, 5);
            assertThat(copy.values()).isEqualTo(range(5));
        }
    }

    private List<Path> segments() throws IOException {
        try (var files = Files.list(Copy.raftLog(directory))) {
            return files.filter(file -> file.getFileName().toString().startsWith("log_"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void anEntryMayBeAsLargeAsTheLargestRequest() throws Exception {
        int[] counts = {10, 1, 31, 2};
        int events = 0;
        try (Copy copy = open()) {
            for (int count : counts) {
                assertThat(Copy.sequence(copy.shard
                                .submit(Copy.appendLarge(events, count))
                                .get(60, TimeUnit.SECONDS)))
                        .isEqualTo(events + 1);
                events += count;
            }
            ByteBuffer tooLarge = ByteBuffer.allocate(RatisOptions.ENTRY_BYTES_MAX + 1);
            Entry entry = Entry.of(1, 1, List.of(tooLarge), tooLarge.capacity());
            assertThatThrownBy(() -> copy.consensus().propose(entry)).isInstanceOf(IllegalArgumentException.class);
            copy.kill();
        }
        try (Copy copy = open()) {
            putAll(copy, events, events + 1);
            assertThat(copy.values()).isEqualTo(range(events + 1));
        }
    }

    @Test
    void aClosedShardTakesNothingMoreAndCanBeOpenedAgainOnTheSameNode() throws Exception {
        try (RatisNode node = Copy.oneNode()) {
            Copy first = Copy.alone(node, directory);
            RatisConsensus consensus = first.consensus();
            putAll(first, 0, 1);
            first.shard.close();
            consensus.close();
            assertThat(consensus.role()).isEqualTo(Consensus.Role.STOPPED);
            assertThat(node.group(0)).isEmpty();
            Entry entry = Entry.of(1, 1, List.of(ByteBuffer.allocate(8)), 8);
            assertThatThrownBy(() -> consensus.propose(entry).join()).hasCauseInstanceOf(ThalwegException.class);
            assertThat(first.put(1).join()).isInstanceOf(Reply.Refused.class);

            Copy second = Copy.alone(node, directory);
            putAll(second, 1, 2);
            assertThat(second.values()).isEqualTo(range(2));
        }
    }

    @Test
    void aNodeHostsManyShards() throws Exception {
        try (RatisNode node = Copy.oneNode()) {
            List<Copy> copies = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                copies.add(new Copy(node, i, Copy.oneMember(), directory.resolve(Integer.toString(i))));
                node.group(i).orElseThrow().leading().get(60, TimeUnit.SECONDS);
                copies.get(i)
                        .shard
                        .submit(Copy.createStream())
                        .get(60, TimeUnit.SECONDS)
                        .orThrow();
            }
            for (int i = 0; i < 30; i++) {
                copies.get(i % 3).put(i).get(60, TimeUnit.SECONDS).orThrow();
            }
            for (int i = 0; i < 3; i++) {
                int shard = i;
                assertThat(copies.get(i).values()).hasSize(10).allMatch(value -> value % 3 == shard);
                copies.get(i).shard.close();
            }
        }
    }
}
