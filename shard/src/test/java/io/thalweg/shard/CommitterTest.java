package io.thalweg.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.ports.clock.Clock;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** The folding loop, stepped without a thread: tasks only run when the test says so. */
final class CommitterTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));

    private record Flying(Entry entry, CompletableFuture<ByteBuffer> done) {
        /** Answers each request with its own number. */
        void succeed() {
            BinaryWriter replies = new BinaryWriter();
            RequestCodec.Cursor requests = RequestCodec.cursor(entry.body().getFirst());
            while (requests.hasNext()) {
                Request request = requests.next();
                ReplyCodec.write(
                        replies,
                        new Reply.Done(new BinaryWriter().i64(request.number()).toByteBuffer()));
            }
            done.complete(replies.toByteBuffer());
        }
    }

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<Flying> flying = new ArrayList<>();
    private final Committer committer = new Committer(
            ShardOptions.in(Path.of("unused")).withQueueBytesMax(1 << 20).withEntriesInFlightMax(2),
            Clock.system()::wallNs,
            entry -> {
                Flying next = new Flying(entry, new CompletableFuture<>());
                flying.add(next);
                return next.done;
            },
            tasks::add);

    private CompletableFuture<Reply> submit(int number, int bytes) {
        return committer.submit(
                new Request(TENANT, new UUID(2, 2), number, Operation.APPEND, ByteBuffer.allocate(bytes)));
    }

    private void settle() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    private static long number(CompletableFuture<Reply> reply) {
        return reply.join().orThrow().getLong();
    }

    @Test
    void aRequestAloneThatBringsRoomForItsHeaderIsNotCopied() {
        AppendBody.Builder events =
                AppendBody.builder(StreamId.of(new LogId(new UUID(3, 3)))).add(new byte[] {7});
        Request request = events.request(TENANT);
        var _ = committer.submit(request);
        settle();
        ByteBuffer body = flying.getFirst().entry.body().getFirst();
        assertThat(flying.getFirst().entry.checksum())
                .isEqualTo(new Checksum().of(body, body.position(), body.remaining()));
        RequestCodec.Cursor requests = RequestCodec.cursor(body);
        Request read = requests.next();
        assertThat(requests.hasNext()).isFalse();
        assertThat(read)
                .isEqualTo(Request.of(TENANT, Operation.APPEND, request.body().slice()));
        AppendBody.parse(read.body()).validate();
        int last = request.body().limit() - 1;
        request.body().put(last, (byte) 8);
        assertThat(body.get(last)).as("the same memory").isEqualTo((byte) 8);
    }

    @Test
    void whatWaitsWhileEntriesFlyIsFoldedIntoOneAndEveryCallerGetsItsOwnReply() {
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            replies.add(submit(i, 100));
            settle();
        }
        assertThat(flying).hasSize(2).allMatch(entry -> entry.entry.requests() == 1);
        flying.get(0).succeed();
        settle();
        assertThat(flying).hasSize(3);
        assertThat(flying.get(2).entry.requests()).isEqualTo(98);
        flying.get(1).succeed();
        flying.get(2).succeed();
        settle();
        for (int i = 0; i < 100; i++) {
            assertThat(number(replies.get(i))).isEqualTo(i);
        }
        assertThat(committer.entriesProposed()).isEqualTo(3);
        assertThat(committer.requestsProposed()).isEqualTo(100);
    }

    @Test
    void anEntryTakesNoMoreThanItsTargetExceptForOneLargeRequest() {
        for (int i = 0; i < 4; i++) {
            var _ = submit(i, 100 << 10);
        }
        var _ = submit(4, 500 << 10);
        settle();
        assertThat(flying).extracting(entry -> entry.entry.requests()).containsExactly(2, 2);
        flying.get(0).succeed();
        settle();
        assertThat(flying.get(2).entry.requests()).isEqualTo(1);
        assertThat(flying.get(2).entry.length()).isEqualTo((500 << 10) + RequestCodec.HEADER_BYTES);
    }

    @Test
    void aFullQueueRefusesUntilRepliesMakeRoom() {
        var first = submit(1, 600 << 10);
        var second = submit(2, 600 << 10);
        assertThat(((Reply.Refused) second.join()).code()).isEqualTo(ErrorCode.OVERLOADED);
        settle();
        flying.getFirst().succeed();
        assertThat(number(first)).isEqualTo(1);
        assertThat(submit(3, 600 << 10)).isNotDone();
    }

    @Test
    void whatSurelyIsNotInTheOrderIsRefusedAnyOtherFailureLeavesTheOutcomeOpen() {
        var refused = submit(1, 10);
        settle();
        var unknown = submit(2, 10);
        settle();
        flying.get(0).done.completeExceptionally(new ThalwegException(ErrorCode.NOT_LEADER, "n2 leads"));
        flying.get(1).done.completeExceptionally(new IllegalStateException("lost"));
        assertThat(((Reply.Refused) refused.join()).code()).isEqualTo(ErrorCode.NOT_LEADER);
        var tooMany = submit(3, 10);
        settle();
        flying.get(2)
                .done
                .completeExceptionally(
                        new CompletionException(new ThalwegException(ErrorCode.OVERLOADED, "too many in flight")));
        assertThat(((Reply.Refused) tooMany.join()).code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThatThrownBy(unknown::join)
                .hasCauseInstanceOf(ThalwegException.class)
                .hasMessageContaining("not known whether");
    }

    @Test
    void aHaltAcknowledgesNothingAnyMore() {
        var flies = submit(1, 10);
        settle();
        var _ = submit(2, 10);
        settle();
        var waits = submit(3, 10);
        committer.halt(new java.io.IOException("the disk is gone"));
        assertThatThrownBy(flies::join).hasMessageContaining("not known whether");
        flying.get(0).succeed();
        settle();
        assertThatThrownBy(flies::join).hasMessageContaining("not known whether");
        assertThat(((Reply.Refused) waits.join()).code()).isEqualTo(ErrorCode.UNAVAILABLE);
        var late = submit(4, 10);
        settle();
        assertThat(((Reply.Refused) late.join()).message())
                .as("callers are tenants: what happened to whose files is for the log")
                .contains("the shard has halted")
                .doesNotContain("the disk is gone");
    }
}
