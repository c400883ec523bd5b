package io.thalweg.bench.memos;

import io.thalweg.bench.load.HttpConnection;
import io.thalweg.bench.peer.PeerServer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A store of Debian's that keeps a value under a key, and forces each write before it answers, as an object's write is forced. */
public enum PlainStore {
    /** {@code redis-server} with {@code appendfsync always}. */
    REDIS("redis-server"),
    /** {@code etcd} of one member. */
    ETCD("etcd");

    private static final int TIMEOUT_MS = 30_000;

    private final String program;

    PlainStore(String program) {
        this.program = program;
    }

    /** The program's file; null when the machine does not have it. */
    public @Nullable Path program() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            Path file = Path.of(folder, program);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        return null;
    }

    /** A running store, in a folder of its own. */
    public PeerServer start(Path file, Path data, int port) throws IOException, InterruptedException {
        Path log = data.resolve(name().toLowerCase(Locale.ROOT) + ".log");
        String client = "http://127.0.0.1:" + port;
        String peer = "http://127.0.0.1:" + PeerServer.freePort();
        ProcessBuilder command = switch (this) {
            case REDIS ->
                new ProcessBuilder(
                        file.toString(),
                        "--bind",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--dir",
                        data.toString(),
                        "--save",
                        "",
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        "always");
            case ETCD ->
                new ProcessBuilder(
                        file.toString(),
                        "--data-dir",
                        data.resolve("etcd").toString(),
                        "--listen-client-urls",
                        client,
                        "--advertise-client-urls",
                        client,
                        "--listen-peer-urls",
                        peer,
                        "--initial-advertise-peer-urls",
                        peer,
                        "--initial-cluster",
                        "default=" + peer);
        };
        return PeerServer.start(program, command.redirectErrorStream(true).redirectOutput(log.toFile()), port, log);
    }

    /** One connection. */
    public interface Writer extends AutoCloseable {
        /** Returns when the value is on disk. */
        void put(String key, String value) throws IOException;

        @Override
        void close() throws IOException;
    }

    public Writer connect(int port) throws IOException {
        return switch (this) {
            case REDIS -> new Redis(port);
            case ETCD -> new Etcd(port);
        };
    }

    private static final class Redis implements Writer {
        private final Socket socket;
        private final OutputStream out;
        private final InputStream in;

        Redis(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MS);
            out = socket.getOutputStream();
            in = new BufferedInputStream(socket.getInputStream());
        }

        @Override
        public void put(String key, String value) throws IOException {
            out.write(("*3\r\n$3\r\nSET\r\n" + bulk(key) + bulk(value)).getBytes(StandardCharsets.UTF_8));
            StringBuilder reply = new StringBuilder();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new IOException("redis closed the connection");
                }
                reply.append((char) b);
            }
            if (!reply.toString().startsWith("+OK")) {
                throw new IOException("redis answered " + reply);
            }
        }

        private static String bulk(String text) {
            return "$" + text.getBytes(StandardCharsets.UTF_8).length + "\r\n" + text + "\r\n";
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final class Etcd implements Writer {
        private final HttpConnection connection;

        Etcd(int port) throws IOException {
            connection = new HttpConnection(URI.create("http://127.0.0.1:" + port), TIMEOUT_MS);
        }

        @Override
        public void put(String key, String value) throws IOException {
            byte[] body = ("{\"key\":\"" + base64(key) + "\",\"value\":\"" + base64(value) + "\"}")
                    .getBytes(StandardCharsets.US_ASCII);
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
}
