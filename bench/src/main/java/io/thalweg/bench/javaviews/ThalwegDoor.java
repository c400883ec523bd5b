package io.thalweg.bench.javaviews;

import io.thalweg.bench.load.HttpConnection;
import io.thalweg.client.AppendSession;
import io.thalweg.client.LogClient;
import io.thalweg.client.NewEvent;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A node: events go through an append session of the Java client, probes by appends that wait for the view. */
final class ThalwegDoor implements PipelineDoor {
    private static final int TIMEOUT_MS = 120_000;

    private final URI url;
    private final String log;
    private final String token;
    private final AppendSession session;
    private final ConcurrentLinkedQueue<HttpConnection> idle = new ConcurrentLinkedQueue<>();
    private final ExecutorService probes = Executors.newVirtualThreadPerTaskExecutor();

    private ThalwegDoor(URI url, String log, String token) {
        this.url = url;
        this.log = log;
        this.token = token;
        this.session = LogClient.open(url, token, Duration.ofMillis(TIMEOUT_MS)).session(log);
    }

    /** Serves orders; the argument is {@code URL,log id,token}. */
    public static void main(String[] arguments) throws Exception {
        String[] parts = arguments[0].split(",", -1);
        try (ThalwegDoor door = new ThalwegDoor(URI.create(parts[0]), parts[1], parts[2])) {
            PipelineLoad.serve(door);
        }
    }

    @Override
    public void append(String key, byte[] payload, Done done) throws InterruptedException {
        var _ = session.append(NewEvent.of(key, payload)).whenComplete((_, failure) -> done.done(failure));
    }

    @Override
    public void probe(String name, String key, byte[] payload, Runnable seen) {
        probes.execute(() -> {
            try {
                HttpConnection free = idle.poll();
                HttpConnection connection = free == null ? new HttpConnection(url, TIMEOUT_MS) : free;
                HttpConnection.Response answer = connection.exchange(connection.request(
                        "POST",
                        "/logs/" + log + "/append?ack=full&timeout=60000",
                        "Authorization: Bearer " + token + "\r\nContent-Type: application/octet-stream\r\nThalweg-Key: "
                                + key + "\r\n",
                        payload));
                if (answer.status() != 200) {
                    throw new IOException("a probe was answered " + answer.status() + ": " + answer.text());
                }
                seen.run();
                idle.add(connection);
            } catch (IOException e) {
                e.printStackTrace(System.err); // it is missed at the end
            }
        });
    }

    @Override
    public void close() throws IOException {
        session.close();
        probes.shutdownNow();
        for (HttpConnection each : idle) {
            each.close();
        }
    }
}
