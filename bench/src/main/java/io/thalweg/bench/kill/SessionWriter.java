package io.thalweg.bench.kill;

import io.thalweg.client.AppendSession;
import io.thalweg.client.Appended;
import io.thalweg.client.LogClient;
import io.thalweg.client.NewEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A writer that knows all nodes and leaves it to the client to find one that takes what it writes: a producer, one event after the other, each with its
 * {@link Mark}. It ends when it is told to, or with the first event that has no place. One run.
 */
final class SessionWriter {
    private static final long PAUSE_MS = 5;

    private final int writer;
    private final LogClient client;
    private final String log;
    private final Silence anybody;
    private final Silence own = new Silence();
    private final List<MarkWriter.Acknowledged> acknowledged = new ArrayList<>();
    private final Thread thread;
    private volatile long told;
    private volatile boolean stopping;
    private volatile @Nullable Throwable failure;

    /** @param anybody hears of all writers' events */
    SessionWriter(int writer, LogClient client, String log, Silence anybody) {
        this.writer = writer;
        this.client = client;
        this.log = log;
        this.anybody = anybody;
        this.thread = Thread.ofPlatform().name("writer-" + writer).daemon().start(this::run);
    }

    private void run() {
        try (AppendSession session = client.session(log, "writer-" + writer)) {
            for (long number = 1; !stopping; number++) {
                Appended event = session.append(
                                NewEvent.of(Mark.of(writer, number).payload()))
                        .get();
                own.acknowledged();
                anybody.acknowledged();
                acknowledged.add(new MarkWriter.Acknowledged(writer, number, event.sequence()));
                told = number;
                Thread.sleep(PAUSE_MS);
            }
        } catch (ExecutionException e) {
            failure = e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = e;
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    /** How many of its events were acknowledged so far. */
    long told() {
        return told;
    }

    /** Between its own events. */
    Silence silence() {
        return own;
    }

    /** Why it ended though nobody told it to; null while it has not. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Ends; what was acknowledged, all of it. */
    List<MarkWriter.Acknowledged> stop() throws InterruptedException {
        stopping = true;
        thread.join();
        return acknowledged;
    }
}
