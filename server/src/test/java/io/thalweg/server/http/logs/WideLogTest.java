package io.thalweg.server.http.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendAllResult;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.server.routing.Shards;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A log of which the node that is asked has nothing. */
class WideLogTest {
    private static final Log LOG = new Log(new LogId(new UUID(3, 4)), "wide", List.of(1, 2, 3), Retention.FOREVER, 7);

    private CompletableFuture<Reply> reply = new CompletableFuture<>();
    private @Nullable Request sent;
    private long stored;

    private final Shards shards =
            new Shards(List.of(), () -> Directory.EMPTY, _ -> Optional.empty(), new Shards.Remote() {
                @Override
                public CompletableFuture<Reply> submit(int shard, Request request) {
                    sent = request;
                    return reply;
                }

                @Override
                public boolean goesWith(int shard, int other) {
                    return true;
                }

                @Override
                public Optional<String> leader(int shard) {
                    return shard == 2 ? Optional.of("n2") : Optional.empty();
                }

                @Override
                public long storedBytes(TenantId tenant) {
                    return stored;
                }
            });

    private static Tenant tenant(long storageBytes) {
        return Tenant.empty(
                new TenantId(new UUID(1, 2)),
                "acme",
                7,
                new TenantLimits(null, storageBytes, 10, 10),
                new ReservedLogs(new LogId(new UUID(3, 1)), new LogId(new UUID(3, 2)), new LogId(new UUID(3, 3))));
    }

    /** Whoever has just changed it must not be told that it failed: he would do it again. */
    @Test
    void itsPartitionsAreShownAsFarAsTheyAreKnown() {
        List<PartitionView> views = LOG.streams().stream()
                .map(stream -> PartitionView.of(LOG, stream, shards, "n9"))
                .toList();
        assertThat(views).extracting(PartitionView::leader).containsExactly(null, "n2", null);
        assertThat(views).allSatisfy(view -> {
            assertThat(view.head()).isNull();
            assertThat(view.slots()).isPositive();
        });
    }

    private ErrorCode refusal(AppendAllBody.@Nullable Producer producer, long storageBytes) {
        return catchThrowableOfType(
                        ThalwegException.class,
                        () -> appends(producer, storageBytes).append())
                .code();
    }

    private ManyAppends appends(AppendAllBody.@Nullable Producer producer, long storageBytes) {
        ManyAppends appends =
                new ManyAppends(shards, tenant(storageBytes), new EventMeters(new SimpleMeterRegistry()), producer);
        byte[] payload = new byte[100];
        appends.add(LOG, 0, 1, null, null, List.of(), payload, 0, payload.length);
        return appends;
    }

    private static AppendAllBody.Producer producer() {
        return new AppendAllBody.Producer("p", 1, 7);
    }

    @Test
    void anAppendOfWhichNobodyKnowsIsNotCalledOneThatFailed() {
        reply.completeExceptionally(new ThalwegException(ErrorCode.UNAVAILABLE, "its leader is gone"));
        assertThat(refusal(producer(), 1 << 20)).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        AppendBody.Builder body = AppendBody.builder(LOG.stream(0)).add(Event.of(new byte[1]));
        assertThat(catchThrowableOfType(
                                ThalwegException.class, () -> shards.append(LOG, new TenantId(new UUID(1, 2)), body))
                        .code())
                .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        reply = CompletableFuture.completedFuture(new Reply.Refused(ErrorCode.UNAVAILABLE, "nobody leads"));
        assertThat(refusal(producer(), 1 << 20)).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void aRepetitionNeedsNoRoomAndWhatIsNewGetsNone() throws Exception {
        stored = 1_000;
        assertThat(refusal(null, 1_000)).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        assertThat(sent).as("nothing tells it from what is new").isNull();
        reply = CompletableFuture.completedFuture(new Reply.Refused(ErrorCode.SEQUENCE_MISMATCH, "never"));
        assertThat(refusal(producer(), 1_000)).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        assertThat(AppendAllBody.parse(Objects.requireNonNull(sent).body()).parts())
                .extracting(AppendAllBody.Part::expectedSequence)
                .containsExactly(AppendBody.REPEATED_ONLY);
        reply = CompletableFuture.completedFuture(
                new Reply.Done(new AppendAllResult(List.of(new AppendResult(5, 1, 9, true))).encode()));
        ManyAppends.Done done = appends(producer(), 1_000).append();
        assertThat(done.duplicate()).isTrue();
        assertThat(done.events()).extracting(ManyAppends.Stands::sequence).containsExactly(5L);
    }
}
