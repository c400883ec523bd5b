package io.thalweg.testkit;

import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
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

    /** Who numbers it, if it has neither key nor session. */
    AppendAllBody.@Nullable Producer producer;

    /** What is appended to another stream in the same request, which has the same outcome. */
    @Nullable
    Attempt twin;

    Outcome outcome = Outcome.WAITING;
    /** Of a {@link Outcome#DONE} attempt. */
    long firstSequence;

    long timestampNs;

    @Nullable
    Reply reply;

    boolean inFlight;

    /** Where it was sent last. */
    @Nullable
    Object place;

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
        return key != null || producer != null || !session.equals(Request.NO_SESSION);
    }

    /** Says what became of it, and of its twin. */
    void become(Outcome now) {
        outcome = now;
        if (twin != null) {
            twin.outcome = now;
        }
    }

    Request toRequest() {
        if (producer != null) {
            AppendAllBody.Builder all = new AppendAllBody.Builder().by(producer);
            addTo(all);
            if (twin != null) {
                twin.addTo(all);
            }
            return all.request(tenant);
        }
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

    private void addTo(AppendAllBody.Builder all) {
        if (expectedSequence >= 0) {
            all.expect(stream, expectedSequence);
        }
        payloads.forEach(payload -> all.add(stream, Event.of(payload)));
    }
}
