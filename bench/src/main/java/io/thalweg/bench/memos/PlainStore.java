package io.thalweg.bench.memos;

import io.thalweg.bench.etcd.EtcdServers;
import io.thalweg.bench.load.EtcdConnection;
import io.thalweg.bench.peer.PeerServer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

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

    /** The program's file; none when the machine does not have it. */
    public Optional<Path> program() {
        return PeerServer.program(program);
    }

    /** A running store, in a folder of its own. */
    public PeerServer start(Path file, Path data, int port) throws IOException, InterruptedException {
        if (this == ETCD) {
            return EtcdServers.alone(file, data, port);
        }
        Path log = data.resolve("redis.log");
        ProcessBuilder command = new ProcessBuilder(
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
        private final EtcdConnection connection;

        Etcd(int port) throws IOException {
            connection = new EtcdConnection(URI.create("http://127.0.0.1:" + port));
        }

        @Override
        public void put(String key, String value) throws IOException {
            connection.put(key, value);
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
