package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Connections that stay: idle ones, bodies that come slowly, and tails that are read slowly. For moments in every build; for an hour and
 * with ten thousand as CONTRIBUTING.md says.
 */
class StandingConnectionsTest {
    private static final int IDLE = Integer.getInteger("thalweg.standing.idle", 500);
    private static final int SLOW = Integer.getInteger("thalweg.standing.slow", 20);
    private static final int SECONDS = Integer.getInteger("thalweg.standing.seconds", 6);

    /** What the heap may have grown by between a third of the time and its end, everything unreachable left out. */
    private static final long GROWTH_BYTES_MAX = 24L << 20;

    private static final String EVENT = "{\"reading\":\"" + "x".repeat(100) + "\"}";

    private static TestNode node(Path data) throws Exception {
        return new TestNode(NodeOptions.in(data)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withConnectionsMax(IDLE + 2 * SLOW + 100));
    }

    private static Socket connect(TestNode node) throws IOException {
        return connect(node, new Socket());
    }

    private static Socket connect(TestNode node, Socket socket) throws IOException {
        URI place = URI.create(node.url());
        socket.connect(new InetSocketAddress(place.getHost(), place.getPort()));
        socket.setSoTimeout(60_000);
        return socket;
    }

    /** Whose system takes no megabytes ahead, after which the node would see nothing taken for minutes. */
    private static Socket connectSlowReader(TestNode node) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 << 10);
        return connect(node, socket);
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void idleConnectionsHinderNobodyAndAreAnsweredWhenTheySpeak(@TempDir Path data) throws Exception {
        List<Socket> idle = new ArrayList<>();
        try (TestNode node = node(data)) {
            Client client = node.client();
            String log = client.createLog("beside");
            for (int i = 0; i < IDLE; i++) {
                idle.add(connect(node));
            }
            assertThat(client.post("/logs/" + log + "/append", EVENT).status()).isEqualTo(200);
            for (Socket one : idle) {
                send(one, "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            }
            for (Socket one : idle) {
                assertThat(new String(one.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                        .startsWith("HTTP/1.1 200");
            }
            assertThat(client.post("/logs/" + log + "/append", EVENT).status()).isEqualTo(200);
        } finally {
            for (Socket one : idle) {
                one.close();
            }
        }
    }

    @Test
    void slowSendersAndSlowReadersLetNothingGrow(@TempDir Path data) throws Exception {
        try (TestNode node = node(data)) {
            Client client = node.client();
            String log = client.createLog("measured");
            String bearer = "Host: x\r\nAuthorization: Bearer " + node.dev().apiKey() + "\r\n";
            long endNs = System.nanoTime() + SECONDS * 1_000_000_000L;
            Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
            BooleanSupplier going = () -> System.nanoTime() < endNs && failures.isEmpty();
            List<AtomicLong> read = new ArrayList<>();
            AtomicLong sent = new AtomicLong();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < SLOW; i++) {
                AtomicLong bytes = new AtomicLong();
                read.add(bytes);
                clients.add(start(() -> tail(node, log, bearer, bytes, going), going, failures));
                clients.add(start(() -> dribble(node, log, bearer, sent, going), going, failures));
            }
            long early = 0;
            while (going.getAsBoolean()) {
                assertThat(client.post("/logs/" + log + "/append", EVENT).status())
                        .isEqualTo(200);
                Thread.sleep(20);
                if (early == 0 && endNs - System.nanoTime() < SECONDS * 700_000_000L) {
                    early = heap();
                }
            }
            long late = early == 0 ? 0 : heap();
            for (Thread one : clients) {
                one.join();
            }
            assertThat(failures).as("of slow senders and slow readers").isEmpty();
            assertThat(read).as("every tail went on").allMatch(bytes -> bytes.get() > EVENT.length());
            assertThat(sent.get()).as("slow bodies were taken").isPositive();
            assertThat(late - early).as("bytes more of heap").isLessThan(GROWTH_BYTES_MAX);
        }
    }

    private interface Slow {
        void live() throws Exception;
    }

    /** What fails after the end failed because nothing more came. */
    private static Thread start(Slow client, BooleanSupplier going, Queue<Throwable> failures) {
        return Thread.ofVirtual().start(() -> {
            try {
                client.live();
            } catch (Exception | Error e) {
                if (going.getAsBoolean()) {
                    failures.add(e);
                }
            }
        });
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Follows a log, a little at a time. */
    private static void tail(TestNode node, String log, String bearer, AtomicLong read, BooleanSupplier going)
            throws Exception {
        try (Socket socket = connectSlowReader(node)) {
            send(socket, "GET /logs/" + log + "/tail?from=1 HTTP/1.1\r\n" + bearer + "\r\n");
            InputStream in = socket.getInputStream();
            byte[] some = new byte[1024];
            while (going.getAsBoolean()) {
                int count = in.read(some);
                if (count < 0) {
                    throw new IOException("a slow reader was cut off");
                }
                read.addAndGet(count);
                Thread.sleep(50);
            }
        }
    }

    /** Appends with bodies that come in ten pieces, well above the least rate. */
    private static void dribble(TestNode node, String log, String bearer, AtomicLong sent, BooleanSupplier going)
            throws Exception {
        try (Wire wire = new Wire(node.url())) {
            while (going.getAsBoolean()) {
                wire.send("POST /logs/" + log + "/append HTTP/1.1\r\n" + bearer + "Content-Length: 1000\r\n\r\n");
                for (int piece = 0; piece < 10; piece++) {
                    wire.send("x".repeat(100));
                    Thread.sleep(50);
                }
                Wire.Answer answer = wire.answer();
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                sent.incrementAndGet();
            }
        }
    }
}
