package io.thalweg.bench.load;

import io.thalweg.client.AppendSession;
import io.thalweg.client.LogClient;
import io.thalweg.client.NewEvent;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Future;

/** Appends to a Thalweg log through an append session of the Java client. The target is {@code URL,log id,token}. */
final class SessionSender {
    private SessionSender() {}

    static Sender open(Pattern pattern, String target, int number) {
        String[] parts = target.split(",", -1);
        AppendSession session = LogClient.open(URI.create(parts[0]), parts[2], Duration.ofSeconds(60))
                .session(parts[1]);
        NewEvent event = NewEvent.of(Payloads.event(pattern.eventBytes(), number));
        return new WindowSender(pattern.window(), new WindowSender.Appends() {
            @Override
            public Future<?> append() throws InterruptedException {
                return session.append(event);
            }

            @Override
            public void close() {
                session.close();
            }
        });
    }
}
