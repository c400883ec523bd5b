package io.thalweg.testkit;

import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendAllResult;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.stream.StreamCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Clients of several tenants that append to several streams, each one request at a time, some in sessions, some with keys, some as producers, some expecting
 * a sequence, and that ask again when nobody answered. What they are told goes into the {@link History}; an answer that contradicts an
 * earlier one is an {@link AssertionError}. One thread.
 */
public final class Clients {
    private static final int CLIENTS = 5;

    /**
     * Where requests go in.
     *
     * @param place the process behind it, by identity
     * @param alive whether answers are still heard
     * @param events what can be read there
     */
    public record Door(
            Object place,
            Function<Request, CompletableFuture<Reply>> submit,
            BooleanSupplier alive,
            EventReader events) {}

    private final SplittableRandom random;
    private final History history;
    private final List<TenantId> tenants = new ArrayList<>();
    private final List<StreamId> streams = new ArrayList<>();
    private final List<TenantId> owners = new ArrayList<>();
    private final Client[] clients = new Client[CLIENTS];

    /** Whether keys and sessions are forgotten early, so that a retry is not safe and clients do not try. */
    private final boolean forgetful;

    /** What a client found wrong while it was called back; futures swallow what callbacks throw. */
    private @Nullable AssertionError broken;

    /** One client: one request at a time, perhaps in a session. */
    private static final class Client {
        final int tenant;
        final int name;
        UUID session = Request.NO_SESSION;
        long number;

        /** How many appends it made as a producer. */
        long produced;

        @Nullable
        Attempt current;

        Client(int tenant, int name) {
            this.tenant = tenant;
            this.name = name;
        }
    }

    Clients(SplittableRandom random, History history, boolean forgetful) {
        this.random = random;
        this.history = history;
        this.forgetful = forgetful;
        for (int i = 0; i < 2; i++) {
            tenants.add(new TenantId(uuid()));
        }
        for (int i = 0; i < 4; i++) {
            streams.add(new StreamId(new LogId(uuid()), i % 2));
            owners.add(tenants.get(i % tenants.size()));
        }
        for (int i = 0; i < CLIENTS; i++) {
            clients[i] = new Client(i % tenants.size(), i);
            if (random.nextBoolean()) {
                clients[i].session = uuid();
            }
        }
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    List<StreamId> streams() {
        return streams;
    }

    /** Asks for all streams, which may be there already. */
    void createStreams(Function<Request, CompletableFuture<Reply>> submit) {
        for (int i = 0; i < streams.size(); i++) {
            var _ = submit.apply(new StreamCommand.Create(streams.get(i)).toRequest(owners.get(i)));
        }
    }

    /** Lets some events of a stream go. */
    void trim(Door door) {
        int stream = random.nextInt(streams.size());
        long head = door.events.head(streams.get(stream));
        long first = door.events.first(streams.get(stream));
        long keep = first + random.nextLong(Math.max(1, head - first + 2));
        var _ = door.submit.apply(new StreamCommand.Trim(streams.get(stream), keep).toRequest(owners.get(stream)));
    }

    /** Deletes a stream. */
    void delete(Door door) {
        int stream = random.nextInt(streams.size());
        history.mayVanish(streams.get(stream));
        var _ = door.submit.apply(new StreamCommand.Delete(streams.get(stream)).toRequest(owners.get(stream)));
    }

    /** One client does something. */
    void act(Door door) {
        Client client = clients[random.nextInt(CLIENTS)];
        Attempt current = client.current;
        if (current == null) {
            current = random.nextInt(8) == 0 ? again(client) : null;
            if (current == null) {
                current = fresh(door, client);
            }
            client.current = current;
        }
        if (!current.inFlight) {
            send(door, client, current);
        }
    }

    private Attempt fresh(Door door, Client client) {
        int stream = client.tenant + tenants.size() * random.nextInt(streams.size() / tenants.size());
        int[] sizes = new int[1 + (random.nextInt(3) == 0 ? random.nextInt(12) : 0)];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = random.nextInt(random.nextInt(10) == 0 ? 1500 : 60);
        }
        long expected = -1;
        if (random.nextInt(4) == 0) {
            expected = Math.max(0, door.events.head(streams.get(stream)) + random.nextInt(3) - 1);
        }
        boolean alone = client.session.equals(Request.NO_SESSION);
        boolean produces = alone && random.nextInt(3) == 0;
        String key = !produces && random.nextInt(3) == 0
                ? "key-" + history.attempts().size()
                : null;
        Attempt attempt = add(stream, sizes, expected, key, client);
        if (produces) {
            // Gaps are allowed.
            client.produced += 1 + random.nextInt(2);
            attempt.producer = new AppendAllBody.Producer("client-" + client.name, 1, client.produced);
            if (random.nextBoolean()) {
                attempt.twin = add((stream + tenants.size()) % streams.size(), new int[] {8}, -1, null, client);
            }
        }
        return attempt;
    }

    private Attempt add(int stream, int[] sizes, long expected, @Nullable String key, Client client) {
        return history.add(new Attempt(
                owners.get(stream),
                streams.get(stream),
                history.payloads(sizes),
                expected,
                key,
                client.session,
                client.session.equals(Request.NO_SESSION) ? 0 : ++client.number));
    }

    /** An old append once more, as a client does that missed the reply: by its key, outside of any session, or the newest of a producer. */
    private @Nullable Attempt again(Client client) {
        if (forgetful || history.attempts().isEmpty()) {
            return null;
        }
        Attempt old = history.attempts().get(random.nextInt(history.attempts().size()));
        boolean byKey = old.key != null && old.session.equals(Request.NO_SESSION);
        boolean byNumber = !old.session.equals(Request.NO_SESSION)
                && old.session.equals(client.session)
                && old.number == client.number;
        boolean asProducer = old.producer != null
                && old.producer.equals(new AppendAllBody.Producer("client-" + client.name, 1, client.produced));
        boolean settled = old.outcome == Attempt.Outcome.DONE || (byNumber && old.outcome == Attempt.Outcome.REFUSED);
        return settled && (byKey || byNumber || asProducer) ? old : null;
    }

    private void send(Door door, Client client, Attempt attempt) {
        attempt.inFlight = true;
        attempt.place = door.place;
        var _ = door.submit.apply(attempt.toRequest()).whenComplete((reply, failure) -> {
            if (door.alive.getAsBoolean()) {
                try {
                    hear(client, attempt, reply, failure);
                } catch (AssertionError e) {
                    broken = broken == null ? e : broken;
                }
            }
        });
    }

    private void hear(Client client, Attempt attempt, @Nullable Reply reply, @Nullable Throwable failure) {
        attempt.inFlight = false;
        if (failure != null) {
            unanswered(attempt, failure);
        } else if (reply != null) {
            answered(attempt, reply);
            if (attempt.outcome != Attempt.Outcome.WAITING && client.current == attempt) {
                client.current = null;
            }
        }
    }

    /** Throws what a client found wrong when it was answered. */
    void complain() {
        if (broken != null) {
            throw broken;
        }
    }

    /** Nobody answers any more what is under way at a place: whoever may, will ask again. */
    void hearNothingMore(Object place) {
        for (Attempt attempt : history.attempts()) {
            if (!place.equals(attempt.place)) {
                continue;
            }
            attempt.inFlight = false;
            if (attempt.outcome == Attempt.Outcome.WAITING && (forgetful || !attempt.retryable())) {
                abandon(attempt);
            }
        }
    }

    /** Sends again what nobody answers; returns whether somebody waits. */
    boolean insist(Door door) {
        boolean waiting = false;
        for (Client client : clients) {
            Attempt current = client.current;
            if (current != null && !current.inFlight) {
                send(door, client, current);
            }
            waiting |= client.current != null;
        }
        return waiting;
    }

    boolean areWaiting() {
        for (Client client : clients) {
            if (client.current != null) {
                return true;
            }
        }
        return false;
    }

    void mustBeDone() {
        for (Client client : clients) {
            if (client.current != null) {
                throw new AssertionError("a client waits for ever");
            }
        }
    }

    private void abandon(Attempt attempt) {
        attempt.become(Attempt.Outcome.UNKNOWN);
        for (Client client : clients) {
            if (client.current == attempt) {
                client.current = null;
                if (!client.session.equals(Request.NO_SESSION)) {
                    client.session = uuid();
                    client.number = 0;
                }
            }
        }
    }

    private void unanswered(Attempt attempt, Throwable failure) {
        Throwable cause = failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
        if (!(cause instanceof ThalwegException known && known.code() == ErrorCode.UNAVAILABLE)) {
            throw new AssertionError("an unknown outcome is UNAVAILABLE and nothing else", failure);
        }
        if (attempt.outcome == Attempt.Outcome.WAITING && (forgetful || !attempt.retryable())) {
            abandon(attempt);
        }
    }

    private void answered(Attempt attempt, Reply reply) {
        switch (reply) {
            case Reply.Done(var result) -> {
                if (attempt.producer != null) {
                    List<AppendResult> parts = AppendAllResult.decode(result).parts();
                    Attempt twin = attempt.twin;
                    if (twin != null) {
                        told(twin, parts.get(1), reply);
                    }
                    told(attempt, parts.getFirst(), reply);
                } else {
                    told(attempt, AppendResult.decode(result), reply);
                }
            }
            case Reply.Refused refused -> refused(attempt, refused);
        }
    }

    private static void told(Attempt attempt, AppendResult told, Reply reply) {
        if (attempt.outcome == Attempt.Outcome.REFUSED) {
            throw new AssertionError("refused first, done later");
        }
        if (attempt.outcome == Attempt.Outcome.DONE
                && (told.firstSequence() != attempt.firstSequence || told.timestampNs() != attempt.timestampNs)) {
            throw new AssertionError("told " + attempt.firstSequence + " first, " + told.firstSequence() + " later");
        }
        if (attempt.outcome == Attempt.Outcome.DONE && attempt.number == 0 && !told.duplicate()) {
            throw new AssertionError("the same key was appended twice");
        }
        if (told.count() != attempt.payloads.size()) {
            throw new AssertionError("told " + told.count() + " events of " + attempt.payloads.size());
        }
        Reply before = attempt.reply;
        if (attempt.number > 0 && before != null && !before.equals(reply)) {
            throw new AssertionError("a session's retry got another reply");
        }
        attempt.outcome = Attempt.Outcome.DONE;
        attempt.firstSequence = told.firstSequence();
        attempt.timestampNs = told.timestampNs();
        attempt.reply = reply;
    }

    private void refused(Attempt attempt, Reply.Refused refused) {
        switch (refused.code()) {
            case OVERLOADED, NOT_LEADER, UNAVAILABLE -> {
                // This sending changed nothing; what earlier ones did is still open.
            }
            case SEQUENCE_MISMATCH, NOT_FOUND -> {
                if (attempt.outcome != Attempt.Outcome.DONE) {
                    // An earlier sending may have been done before the stream was deleted; then nobody can tell any
                    // more.
                    boolean vanished = refused.code() == ErrorCode.NOT_FOUND && vanishes(attempt);
                    attempt.become(vanished ? Attempt.Outcome.UNKNOWN : Attempt.Outcome.REFUSED);
                    attempt.reply = refused;
                } else if (refused.code() != ErrorCode.NOT_FOUND || !vanishes(attempt)) {
                    throw new AssertionError("done first, " + refused + " later");
                }
            }
            case IDEMPOTENCY_WINDOW_FULL, SESSION_EVICTED -> {
                if (!forgetful) {
                    throw new AssertionError("refused with " + refused + " though there is room");
                }
                abandon(attempt);
            }
            default -> throw new AssertionError("refused with " + refused);
        }
    }

    private boolean vanishes(Attempt attempt) {
        return history.vanishes(attempt.stream) || (attempt.twin != null && history.vanishes(attempt.twin.stream));
    }
}
