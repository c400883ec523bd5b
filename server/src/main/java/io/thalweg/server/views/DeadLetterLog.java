package io.thalweg.server.views;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventId;
import io.thalweg.model.event.Header;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.DeadLetters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Dead letters as events of the tenant's log {@code $dead-letters}: the event as it was, with headers that say where it came from
 * and why. A letter that comes again within the idempotency window is recognised by view, version, partition and sequence. Thread-safe.
 */
public final class DeadLetterLog implements DeadLetters {
    private static final int REASON_CHARACTERS_MAX = 1_000;

    private final Administration administration;
    private final Shards shards;

    public DeadLetterLog(Administration administration, Shards shards) {
        this.administration = administration;
        this.shards = shards;
    }

    @Override
    public CompletableFuture<?> add(DeadLetter letter) {
        Tenant tenant = administration.directory().tenant(letter.tenant()).orElse(null);
        Log log = tenant == null
                ? null
                : tenant.log(tenant.reserved().deadLetters()).orElse(null);
        if (tenant == null || log == null) {
            return CompletableFuture.failedFuture(
                    new ThalwegException(ErrorCode.NOT_FOUND, "tenant " + letter.tenant() + " is gone"));
        }
        boolean copied = tenant.view(letter.view())
                .filter(view -> view.skipped()
                        .contains(new View.Skip(
                                letter.source().stream().partition(),
                                letter.source().sequence())))
                .isPresent();
        if (copied) {
            // The command that skipped the event put the copy here in the same step.
            return CompletableFuture.completedFuture(null);
        }
        AppendBody.Builder body = AppendBody.builder(StreamId.of(log.id()))
                .idempotencyKey(idempotencyKey(letter))
                .add(marked(letter));
        return shards.submit(log.shard(0), Request.of(tenant.id(), Operation.APPEND, body.build()))
                .thenApply(DeadLetterLog::stored);
    }

    /** A letter that is there with another reason, as another release or node words it, is there. */
    private static ByteBuffer stored(Reply reply) {
        return reply instanceof Reply.Refused refused && refused.code() == ErrorCode.IDEMPOTENCY_KEY_REUSED
                ? ByteBuffer.allocate(0)
                : reply.orThrow();
    }

    /** Of one partition as it always was, so that a letter from before is recognised. */
    private static String idempotencyKey(DeadLetter letter) {
        int partition = letter.source().stream().partition();
        return letter.view() + ":" + letter.version() + ":"
                + (partition == 0 ? "" : partition + "/")
                + letter.source().sequence();
    }

    private static Event marked(DeadLetter letter) {
        return marked(
                letter.event(),
                letter.source(),
                letter.view().toString(),
                Integer.toString(letter.version()),
                letter.reason());
    }

    /** The event with headers that say whose it was; the newest of its own headers make room when there are too many. */
    public static Event marked(Event event, EventId source, String view, String version, String reason) {
        List<Header> marks = List.of(
                new Header("thalweg-source-log", source.stream().log().toString()),
                new Header(
                        "thalweg-source-partition",
                        Integer.toString(source.stream().partition())),
                new Header("thalweg-source-sequence", Long.toString(source.sequence())),
                new Header("thalweg-view", view),
                new Header("thalweg-view-version", version),
                new Header(
                        "thalweg-reason",
                        reason.length() <= REASON_CHARACTERS_MAX
                                ? reason
                                : reason.substring(0, REASON_CHARACTERS_MAX)));
        List<Header> headers = new ArrayList<>(event.headers());
        while (headers.size() + marks.size() > Limits.MAX_HEADERS) {
            headers.removeLast();
        }
        headers.addAll(marks);
        return event.withHeaders(headers);
    }
}
