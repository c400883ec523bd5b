package io.thalweg.bench.load;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Appends to a stream of a Durable Streams server, whose messages are JSON. The target is {@code URL,path}. With several under way what waits goes in one
 * request, one after the other, as its own client does it.
 */
final class StreamsSender implements Sender {
    private static final int TIMEOUT_MS = 60_000;
    private static final String JSON = "Content-Type: application/json\r\n";

    private final HttpConnection connection;
    private final String path;
    private final byte[] event;
    private final int batch;

    private StreamsSender(HttpConnection connection, String path, byte[] event, int batch) {
        this.connection = connection;
        this.path = path;
        this.event = event;
        this.batch = batch;
    }

    static Sender open(Pattern pattern, String target, int number) throws IOException {
        String[] parts = target.split(",", -1);
        HttpConnection connection = new HttpConnection(URI.create(parts[0]), TIMEOUT_MS);
        require(connection.exchange(connection.request("PUT", parts[1], JSON, new byte[0])));
        StreamsSender sender =
                new StreamsSender(connection, parts[1], Payloads.event(pattern.eventBytes(), number), pattern.batch());
        return pattern.window() == 1 ? sender : new WindowSender(pattern.window(), sender.new Joined());
    }

    private static void require(HttpConnection.Response response) throws IOException {
        if (response.status() / 100 != 2) {
            throw new IOException("the server answered " + response.status() + ": " + response.text());
        }
    }

    private void append(int events) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream(2 + events * (event.length + 1));
        body.write('[');
        for (int i = 0; i < events; i++) {
            if (i > 0) {
                body.write(',');
            }
            body.write(event, 0, event.length);
        }
        body.write(']');
        require(connection.exchange(connection.request("POST", path, JSON, body.toByteArray())));
    }

    @Override
    public void send() throws IOException {
        append(batch);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }

    /** Joins what waits while a request is under way. */
    private final class Joined implements WindowSender.Appends {
        /** As many bytes as the server takes in a request, about. */
        private static final int BYTES_MAX = 4 << 20;

        private final LinkedBlockingQueue<CompletableFuture<Void>> waiting = new LinkedBlockingQueue<>();
        private final Thread thread =
                Thread.ofPlatform().daemon().name("streams").start(this::run);

        private void run() {
            int max = Math.max(1, BYTES_MAX / (event.length + 1));
            List<CompletableFuture<Void>> some = new ArrayList<>();
            try {
                while (true) {
                    some.clear();
                    some.add(waiting.take());
                    waiting.drainTo(some, max - 1);
                    StreamsSender.this.append(some.size());
                    some.forEach(each -> each.complete(null));
                }
            } catch (IOException e) {
                some.forEach(each -> each.completeExceptionally(e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public Future<?> append() throws IOException {
            if (!thread.isAlive()) {
                throw new IOException("the connection has failed");
            }
            CompletableFuture<Void> answer = new CompletableFuture<>();
            waiting.add(answer);
            return answer;
        }

        @Override
        public void close() throws IOException {
            thread.interrupt();
            connection.close();
        }
    }
}
