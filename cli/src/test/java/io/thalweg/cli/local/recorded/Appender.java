package io.thalweg.cli.local.recorded;

import io.thalweg.testkit.history.LogHistory;
import io.thalweg.testkit.history.RetryHistory;
import java.util.List;
import java.util.Optional;

/** Appends one event after the other under an idempotency key, elsewhere when that is not answered, and some of them twice. */
final class Appender extends Client {
    private final String log;
    private final LogHistory events;
    private final RetryHistory retries;
    private long number;

    Appender(Run run, int index, String log, LogHistory events, RetryHistory retries) {
        super(run, "appender-" + index);
        this.log = log;
        this.events = events;
        this.retries = retries;
    }

    @Override
    void act() throws InterruptedException {
        String event = name + "-" + ++number;
        LogHistory.Append append = events.append(name, List.of(event), System.nanoTime());
        Optional<Long> sequence = append(log, event, event);
        if (sequence.isEmpty()) {
            return;
        }
        append.acknowledged(sequence.get(), System.nanoTime());
        done.incrementAndGet();
        RetryHistory.Numbered numbered = new RetryHistory.Numbered(event, 0);
        retries.answered(numbered, sequence.get().toString(), sequence.get());
        if (random.nextInt(8) == 0) {
            append(log, event, event).ifPresent(again -> retries.answered(numbered, again.toString(), again));
        }
    }
}
