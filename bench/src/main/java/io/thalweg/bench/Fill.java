package io.thalweg.bench;

import io.thalweg.bench.load.HttpConnection;
import io.thalweg.bench.node.NodeClient;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Fills a log with a given number of events, in batches over a few connections. */
final class Fill {
    private static final int CONNECTIONS = 4;
    private static final int BATCH = 1_000;
    private static final int TIMEOUT_MS = 60_000;

    private Fill() {}

    /** Returns when {@code events} events are acknowledged; that is rounded up to whole batches, and the number is returned. */
    static long fill(URI url, NodeClient client, String logId, long events, int eventBytes) throws IOException {
        long batches = Math.ceilDiv(events, BATCH);
        AtomicLong left = new AtomicLong(batches);
        try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            List<Future<Long>> all = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                Callable<Long> one = () -> send(url, client.appendBatchHeaders(), logId, left, eventBytes);
                all.add(threads.submit(one));
            }
            for (Future<Long> one : all) {
                one.get();
            }
            return batches * BATCH;
        } catch (ExecutionException e) {
            throw new IOException("filling the log failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while filling the log", e);
        }
    }

    private static long send(URI url, String headers, String logId, AtomicLong left, int eventBytes)
            throws IOException {
        long sent = 0;
        try (HttpConnection connection = new HttpConnection(url, TIMEOUT_MS)) {
            byte[] request = connection.request(
                    "POST",
                    "/logs/" + logId + "/append_batch",
                    headers,
                    io.thalweg.bench.load.Payloads.frames(BATCH, eventBytes));
            while (left.getAndDecrement() > 0) {
                HttpConnection.Response response = connection.exchange(request);
                if (response.status() != 200) {
                    throw new IOException("append_batch answered " + response.status() + ": " + response.text());
                }
                sent += BATCH;
            }
        }
        return sent;
    }
}
