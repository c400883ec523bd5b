package io.thalweg.bench.load;

import java.io.IOException;
import java.net.URI;

/** Appends to a Thalweg log over HTTP, one request at a time; for several under way see {@link SessionSender}. The target is {@code URL,log id,token}. */
final class HttpSender implements Sender {
    private static final int TIMEOUT_MS = 60_000;

    private final HttpConnection connection;
    private final byte[] request;

    private HttpSender(HttpConnection connection, byte[] request) {
        this.connection = connection;
        this.request = request;
    }

    static Sender open(Pattern pattern, String target, int number) throws IOException {
        if (pattern.window() > 1) {
            return SessionSender.open(pattern, target, number);
        }
        String[] parts = target.split(",", -1);
        HttpConnection connection = new HttpConnection(URI.create(parts[0]), TIMEOUT_MS);
        String bearer = "Authorization: Bearer " + parts[2] + "\r\n";
        if (pattern.batch() == 1) {
            return new HttpSender(
                    connection,
                    connection.request(
                            "POST",
                            "/logs/" + parts[1] + "/append",
                            bearer + "Content-Type: application/octet-stream\r\n",
                            Payloads.event(pattern.eventBytes(), number)));
        }
        return new HttpSender(
                connection,
                connection.request(
                        "POST",
                        "/logs/" + parts[1] + "/append_batch",
                        bearer + "Content-Type: application/vnd.thalweg.frames\r\n",
                        Payloads.frames(pattern.batch(), pattern.eventBytes())));
    }

    @Override
    public void send() throws IOException {
        HttpConnection.Response response = connection.exchange(request);
        if (response.status() != 200) {
            throw new IOException("append answered " + response.status() + ": " + response.text());
        }
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
