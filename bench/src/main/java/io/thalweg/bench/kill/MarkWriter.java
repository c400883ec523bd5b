package io.thalweg.bench.kill;

import io.thalweg.bench.load.HttpConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One writer of a kill run, over as many nodes' lives as it takes: numbers its events, appends them one request at a time, and
 * remembers what was acknowledged. With a batch of one it sends an idempotency key, and begins its next life with the request
 * whose answer it never got; with larger batches it has no key and goes on with the next numbers. One thread at a time.
 */
final class MarkWriter {
    private static final int TIMEOUT_MS = 30_000;
    private static final String SEQUENCE = "\"sequence\":";
    private static final String SEQUENCES = "\"sequences\":[";

    private final int writer;
    private final int batch;
    private long next = 1;
    private volatile long told;
    private final List<Acknowledged> acknowledged = new ArrayList<>();

    /** A writer was told that its event {@code number} is durable as {@code sequence}. */
    record Acknowledged(int writer, long number, long sequence) {}

    MarkWriter(int writer, int batch) {
        this.writer = writer;
        this.batch = batch;
    }

    int batch() {
        return batch;
    }

    /** Appends until the node is gone. Any answer but 200 before that is an error. */
    void writeUntilTheNodeIsGone(URI url, String token, String logId) throws IOException {
        try (HttpConnection connection = new HttpConnection(url, TIMEOUT_MS)) {
            for (; ; ) {
                byte[] request = request(connection, token, logId);
                HttpConnection.Response response;
                try {
                    response = connection.exchange(request);
                } catch (IOException gone) {
                    next += batch == 1 ? 0 : batch;
                    return;
                }
                if (response.status() != 200) {
                    throw new IOException(
                            "writer " + writer + " was answered " + response.status() + ": " + response.text());
                }
                long sequence = firstNumber(response.text(), batch == 1 ? SEQUENCE : SEQUENCES);
                for (int i = 0; i < batch; i++) {
                    acknowledged.add(new Acknowledged(writer, next + i, sequence + i));
                }
                next += batch;
                told = next;
            }
        }
    }

    private byte[] request(HttpConnection connection, String token, String logId) {
        String bearer = "Authorization: Bearer " + token + "\r\n";
        if (batch == 1) {
            return connection.request(
                    "POST",
                    "/logs/" + logId + "/append",
                    bearer + "Content-Type: application/octet-stream\r\nIdempotency-Key: " + writer + "-" + next
                            + "\r\n",
                    Mark.of(writer, next).payload());
        }
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int i = 0; i < batch; i++) {
            byte[] payload = Mark.of(writer, next + i).payload();
            frames.writeBytes(ByteBuffer.allocate(5)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(1 + payload.length)
                    .array());
            frames.writeBytes(payload);
        }
        return connection.request(
                "POST",
                "/logs/" + logId + "/append_batch",
                bearer + "Content-Type: application/vnd.thalweg.frames\r\n",
                frames.toByteArray());
    }

    private static long firstNumber(String json, String field) {
        int at = json.indexOf(field);
        int from = at + field.length();
        int end = from;
        while (end < json.length() && Character.isDigit(json.charAt(end))) {
            end++;
        }
        if (at < 0 || end == from) {
            throw new IllegalStateException("an append's answer has no " + field + " in it: " + json);
        }
        return Long.parseLong(json, from, end, 10);
    }

    /** Grows with each acknowledgement; any thread may look. */
    long told() {
        return told;
    }

    /** What was acknowledged since the last call. */
    List<Acknowledged> takeAcknowledged() {
        List<Acknowledged> taken = List.copyOf(acknowledged);
        acknowledged.clear();
        return taken;
    }
}
