package io.thalweg.bench.load;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** One connection to etcd's JSON door, which hands what it gets to its gRPC one. One request at a time, one thread. */
public final class EtcdConnection implements AutoCloseable {
    private static final int TIMEOUT_MS = 60_000;

    private final HttpConnection connection;

    public EtcdConnection(URI url) throws IOException {
        connection = new HttpConnection(url, TIMEOUT_MS);
    }

    /** Puts values under keys that are new each time. The target is {@code URL,prefix}. */
    static Sender sender(Pattern pattern, String target, int number) throws IOException {
        if (pattern.batch() > 1 || pattern.window() > 1) {
            throw new IllegalArgumentException("etcd is given one value at a time, not " + pattern);
        }
        String[] parts = target.split(",", -1);
        EtcdConnection connection = new EtcdConnection(URI.create(parts[0]));
        String value = Base64.getEncoder().encodeToString(Payloads.event(pattern.eventBytes(), number));
        String keys = parts[1] + "/" + number + "/";
        return new Sender() {
            private long next;

            @Override
            public void send() throws IOException {
                connection.putEncoded(keys + next++, value);
            }

            @Override
            public void close() throws IOException {
                connection.close();
            }
        };
    }

    /** Returns when the value is on disk. */
    public void put(String key, String value) throws IOException {
        putEncoded(key, base64(value));
    }

    private void putEncoded(String key, String value) throws IOException {
        byte[] body =
                ("{\"key\":\"" + base64(key) + "\",\"value\":\"" + value + "\"}").getBytes(StandardCharsets.US_ASCII);
        HttpConnection.Response response = connection.exchange(
                connection.request("POST", "/v3/kv/put", "Content-Type: application/json\r\n", body));
        if (response.status() != 200) {
            throw new IOException("etcd answered " + response.status() + ": " + response.text());
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
