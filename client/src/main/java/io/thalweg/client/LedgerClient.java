package io.thalweg.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A client of one ledger, to be shared by all threads of a program. One thread of its own sends one request at a time: all that
 * waits by then, up to {@value Batch#EVENTS_MAX} events. Futures complete with one result for each event, in order, or with
 *
 * <ul>
 *   <li>{@link LedgerException}: nothing was booked (a refusal, a deadline before anything was sent, a closed client);
 *   <li>{@link OutcomeUnknownException}: the deadline passed while the request was under way.
 * </ul>
 *
 * <p>An attempt that brings no clear answer is repeated with the same number in the same session, which the server answers
 * without booking twice, after pauses that grow to a second. When the last caller of a request has given up, so does the client; it then
 * begins a new session, in which the old request can do no harm but take effect late.
 */
public final class LedgerClient implements AutoCloseable {
    private static final long PAUSE_MS_MIN = 10;
    private static final long PAUSE_MS_MAX = 1_000;

    /** One attempt is given up after this, so that a connection that leads nowhere is not waited for until the deadline. */
    private static final Duration ATTEMPT = Duration.ofSeconds(10);

    private final LedgerClientOptions options;
    private final Door door;
    private final ScheduledThreadPoolExecutor alarms =
            new ScheduledThreadPoolExecutor(1, task -> daemon(task, "thalweg-client-deadlines"));
    private final Thread sender;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int waitingEvents;
    private boolean closed;

    /** Of the sender alone. */
    private UUID session = UUID.randomUUID();

    private long number;

    private LedgerClient(LedgerClientOptions options) {
        this.options = options;
        this.door = new Door(options.url(), options.ledger(), options.apiKey());
        alarms.setRemoveOnCancelPolicy(true);
        this.sender = daemon(this::send, "thalweg-client");
        sender.start();
    }

    /** A client; it connects when it is first used. */
    public static LedgerClient open(LedgerClientOptions options) {
        return new LedgerClient(options);
    }

    /** Creates accounts; at most {@value Batch#EVENTS_MAX}. */
    public CompletableFuture<List<CreateResult>> createAccounts(List<Account> accounts) {
        return createAccounts(accounts, options.timeout());
    }

    /** The same with a deadline of its own. */
    public CompletableFuture<List<CreateResult>> createAccounts(List<Account> accounts, Duration timeout) {
        return create(Kind.ACCOUNTS, accounts, Account::put, timeout);
    }

    /** Books transfers; at most {@value Batch#EVENTS_MAX}. They stay together and in order, and so do their chains. */
    public CompletableFuture<List<CreateResult>> createTransfers(List<Transfer> transfers) {
        return createTransfers(transfers, options.timeout());
    }

    /** The same with a deadline of its own. */
    public CompletableFuture<List<CreateResult>> createTransfers(List<Transfer> transfers, Duration timeout) {
        return create(Kind.TRANSFERS, transfers, Transfer::put, timeout);
    }

    /** Finds accounts by their ids, in this order; those that do not exist are left out. Sees all that was answered before. */
    public List<Account> lookUpAccounts(List<U128> ids) throws IOException, InterruptedException {
        return lookUp(Kind.ACCOUNTS, ids, Account::get);
    }

    /** Finds transfers by their ids, in this order; those that do not exist are left out. Sees all that was answered before. */
    public List<Transfer> lookUpTransfers(List<U128> ids) throws IOException, InterruptedException {
        return lookUp(Kind.TRANSFERS, ids, Transfer::get);
    }

    private <T> List<T> lookUp(Kind kind, List<U128> ids, Function<ByteBuffer, T> reader)
            throws IOException, InterruptedException {
        requireFits(ids.size());
        ByteBuffer asked = ByteBuffer.allocate(16 * ids.size()).order(ByteOrder.LITTLE_ENDIAN);
        ids.forEach(id -> Wire.put(asked, id));
        ByteBuffer rows = ByteBuffer.wrap(door.lookUp(kind, asked.array(), options.timeout()))
                .order(ByteOrder.LITTLE_ENDIAN);
        if (rows.remaining() % Batch.EVENT_BYTES != 0) {
            throw new IOException("the reply has " + rows.remaining() + " bytes, which are no whole rows");
        }
        List<T> found = new ArrayList<>(rows.remaining() / Batch.EVENT_BYTES);
        while (rows.hasRemaining()) {
            found.add(reader.apply(rows));
        }
        return found;
    }

    private <T> CompletableFuture<List<CreateResult>> create(
            Kind kind, List<T> events, BiConsumer<T, ByteBuffer> writer, Duration timeout) {
        requireFits(events.size());
        if (events.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(events.size() * Batch.EVENT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        events.forEach(event -> writer.accept(event, bytes));
        return enqueue(new Waiting(kind, bytes.flip(), timeout));
    }

    private static void requireFits(int count) {
        if (count > Batch.EVENTS_MAX) {
            throw new IllegalArgumentException("a call has at most " + Batch.EVENTS_MAX + " elements, not " + count);
        }
    }

    /** Waits for room, at most until the deadline. */
    private CompletableFuture<List<CreateResult>> enqueue(Waiting asked) {
        lock.lock();
        try {
            while (!closed && waitingEvents + asked.count() > options.waitingEventsMax()) {
                long leftNs = asked.deadlineNs - System.nanoTime();
                if (leftNs <= 0 || changed.awaitNanos(leftNs) <= 0) {
                    throw new LedgerException("there was no room to wait in before the deadline; nothing was sent");
                }
            }
            if (closed) {
                throw new LedgerException("the client is closed; nothing was sent");
            }
            waiting.addLast(asked);
            waitingEvents += asked.count();
            Future<?> alarm =
                    alarms.schedule(() -> deadline(asked), asked.deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS);
            asked.alarm = alarm;
            asked.off = asked.future.whenComplete((result, failure) -> alarm.cancel(false));
            changed.signalAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            asked.future.completeExceptionally(new LedgerException("interrupted; nothing was sent"));
        } catch (LedgerException e) {
            asked.future.completeExceptionally(e);
        } finally {
            lock.unlock();
        }
        return asked.future;
    }

    private void deadline(Waiting asked) {
        boolean sent;
        lock.lock();
        try {
            sent = asked.sent;
            if (!sent && waiting.remove(asked)) {
                waitingEvents -= asked.count();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        asked.future.completeExceptionally(
                sent
                        ? new OutcomeUnknownException("no answer before the deadline")
                        : new LedgerException("the deadline passed before anything was sent"));
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void send() {
        try {
            for (Batch batch = next(); batch != null; batch = next()) {
                deliver(batch);
            }
        } catch (InterruptedException e) {
            // close() tells everybody who still waits
        }
    }

    private @Nullable Batch next() throws InterruptedException {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.await();
            }
            if (closed) {
                return null;
            }
            Batch batch = Batch.takeFrom(waiting);
            batch.parts().forEach(part -> part.sent = true);
            waitingEvents -= batch.count();
            changed.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void deliver(Batch batch) throws InterruptedException {
        try {
            sendUntilAnswered(batch);
        } catch (InterruptedException e) {
            fail(batch, new OutcomeUnknownException("the client was closed before an answer"));
            throw e;
        } catch (RuntimeException e) {
            // Of this batch nobody knows; the callers after it are served.
            beginSession();
            fail(batch, new OutcomeUnknownException("the client failed while it asked: " + e));
        } catch (Error e) {
            fail(batch, new OutcomeUnknownException("the client failed while it asked: " + e));
            giveUp(e);
            throw e;
        }
    }

    /** Until it is answered, or nobody waits for it. */
    private void sendUntilAnswered(Batch batch) throws InterruptedException {
        byte[] body = batch.body();
        long deadlineNs = batch.deadlineNs();
        boolean unclear = false;
        number++;
        long pauseMs = PAUSE_MS_MIN;
        while (true) {
            Duration left = Duration.ofNanos(deadlineNs - System.nanoTime());
            if (left.toMillis() < 1) {
                // The callers were told by their alarms. This number must not be used for anything else.
                beginSession();
                return;
            }
            Duration patience = left.compareTo(ATTEMPT) < 0 ? left : ATTEMPT;
            Door.Answer answer = door.create(batch.kind(), body, session, number, patience);
            if (answer instanceof Door.Results results) {
                batch.share(results.results());
                return;
            }
            if (answer instanceof Door.Refused refused) {
                boolean gone = refused.code().equals("session_evicted");
                if (gone && !unclear && number > 1) {
                    // The server forgot a session that was idle for long: nothing of this request took effect.
                    beginSession();
                    number = 1;
                    continue;
                }
                beginSession();
                fail(
                        batch,
                        unclear
                                ? new OutcomeUnknownException(
                                        "an attempt went unanswered, and the next was refused: " + refused.text())
                                : new LedgerException(refused.text()));
                return;
            }
            unclear |= answer instanceof Door.Unclear;
            Thread.sleep(
                    Math.min(pauseMs + ThreadLocalRandom.current().nextLong(pauseMs), Math.max(1, left.toMillis())));
            pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
        }
    }

    private void beginSession() {
        session = UUID.randomUUID();
        number = 0;
    }

    /** Nobody is served any more; who waits, or comes later, is told so at once. */
    private void giveUp(Error cause) {
        List<Waiting> unsent;
        lock.lock();
        try {
            closed = true;
            unsent = List.copyOf(waiting);
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        unsent.forEach(part -> part.future.completeExceptionally(
                new LedgerException("the client failed; nothing was sent: " + cause)));
    }

    private static void fail(Batch batch, RuntimeException cause) {
        batch.parts().forEach(part -> part.future.completeExceptionally(cause));
    }

    /** Stops at once. Who waits is told: {@link LedgerException} if nothing was sent, {@link OutcomeUnknownException} otherwise. */
    @Override
    public void close() {
        List<Waiting> unsent;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            unsent = List.copyOf(waiting);
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        unsent.forEach(part ->
                part.future.completeExceptionally(new LedgerException("the client was closed; nothing was sent")));
        sender.interrupt();
        try {
            sender.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        alarms.shutdownNow();
    }
}
