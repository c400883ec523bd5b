package io.thalweg.testkit;

import io.thalweg.model.AppendBody;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One append that a simulated client wants done, and what it knows of it. */
final class Attempt {

    enum Outcome {
        /** Sent, perhaps more than once; nobody answered. */
        WAITING,
        /** Answered: its events are there. */
        DONE,
        /** Answered: nothing of it is there. */
        REFUSED,
        /** Nobody will ever answer: its events are there once or not at all. */
        UNKNOWN
    }

    final TenantId tenant;
    final StreamId stream;
    final List<byte[]> payloads;
    final long expectedSequence;
    final @Nullable String key;
    final UUID session;
    final long number;

    Outcome outcome = Outcome.WAITING;
    /** Of a {@link Outcome#DONE} attempt. */
    long firstSequence;

    long timestampNs;

    @Nullable
    Reply reply;

    boolean inFlight;

    Attempt(
            TenantId tenant,
            StreamId stream,
            List<byte[]> payloads,
            long expectedSequence,
            @Nullable String key,
            UUID session,
            long number) {
        this.tenant = tenant;
        this.stream = stream;
        this.payloads = payloads;
        this.expectedSequence = expectedSequence;
        this.key = key;
        this.session = session;
        this.number = number;
    }

    /** Whether sending it again cannot do it twice. */
    boolean retryable() {
        return key != null || !session.equals(Request.NO_SESSION);
    }

    Request toRequest() {
        AppendBody.Builder builder = AppendBody.builder(stream);
        if (expectedSequence >= 0) {
            builder.expect(expectedSequence);
        }
        if (key != null) {
            builder.idempotencyKey(key);
        }
        payloads.forEach(builder::add);
        Request request = builder.request(tenant);
        return new Request(tenant, session, number, request.operation(), request.body(), request.room());
    }
}
