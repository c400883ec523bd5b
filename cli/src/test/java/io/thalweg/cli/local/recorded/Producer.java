package io.thalweg.cli.local.recorded;

import io.thalweg.client.AppendSession;
import io.thalweg.client.Appended;
import io.thalweg.client.LogClient;
import io.thalweg.client.NewEvent;
import io.thalweg.testkit.history.LogHistory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Appends as a producer in a session of the Java client, which finds its way itself: several events are under way at a time, and keep their order. */
final class Producer extends Client {
    private static final int UNDER_WAY = 8;

    private final String log;
    private final LogHistory events;
    private final LogClient open;
    private AppendSession session;
    private long number;
    private long last;

    Producer(Run run, String log, LogHistory events) {
        super(run, "producer");
        this.log = log;
        this.events = events;
        open = LogClient.open(run.nodes().stream().map(URI::create).toList(), run.apiKey(), STUBBORN);
        session = open.session(log, name);
    }

    @Override
    void act() throws InterruptedException {
        List<LogHistory.Append> appends = new ArrayList<>();
        List<CompletableFuture<Appended>> answers = new ArrayList<>();
        for (int i = 0; i < UNDER_WAY; i++) {
            String event = name + "-" + ++number;
            appends.add(events.append(name, List.of(event), System.nanoTime()));
            answers.add(session.append(new NewEvent(
                    name.getBytes(StandardCharsets.UTF_8),
                    "text/plain",
                    List.of(),
                    event.getBytes(StandardCharsets.UTF_8),
                    -1)));
        }
        boolean isLost = false;
        for (int i = 0; i < UNDER_WAY; i++) {
            try {
                long sequence = answers.get(i).get().sequence();
                appends.get(i).acknowledged(sequence, System.nanoTime());
                done.incrementAndGet();
                if (sequence <= last) {
                    throw new AssertionError(
                            appends.get(i) + " stands at " + sequence + ", and what was sent before at " + last);
                }
                last = sequence;
            } catch (ExecutionException e) {
                isLost = true; // Nobody knows what became of it.
            }
        }
        if (isLost) {
            session.close();
            session = open.session(log, name);
        }
        Thread.sleep(10);
    }

    @Override
    void giveBack() {
        session.close();
    }
}
