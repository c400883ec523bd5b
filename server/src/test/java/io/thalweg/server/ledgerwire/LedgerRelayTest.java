package io.thalweg.server.ledgerwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LedgerRelayTest {
    private static final int[] PIECES = {1, 256, (1 << 10) + 1, 64 << 10, (65 << 10) + 3, 1 << 20, 1 << 10};

    /** Whatever fits into a small buffer, fills one, or fills a large one; at last what fills a small one, and nothing behind it. */
    @Test
    void whatGoesInComesOutAndBack() throws Exception {
        try (ServerSocket far = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                LedgerRelay relay = LedgerRelay.open(
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                        () -> Optional.of((InetSocketAddress) far.getLocalSocketAddress()))) {
            Thread echo = Thread.ofVirtual().start(() -> echo(far));
            try (Socket near = new Socket(InetAddress.getLoopbackAddress(), relay.port())) {
                Random random = new Random(5);
                for (int size : PIECES) {
                    byte[] piece = new byte[size];
                    random.nextBytes(piece);
                    Thread writer = Thread.ofVirtual().start(() -> write(near, piece));
                    assertThat(near.getInputStream().readNBytes(size)).isEqualTo(piece);
                    writer.join();
                }
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() -> assertThat(relay.free())
                                .as("large buffers while nothing comes")
                                .isEqualTo(LedgerRelay.LARGE_MAX));
                near.shutdownOutput();
            }
            echo.join();
        }
    }

    private static void write(Socket to, byte[] bytes) {
        try {
            to.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void echo(ServerSocket far) {
        try (Socket one = far.accept()) {
            one.getInputStream().transferTo(one.getOutputStream());
        } catch (IOException e) {
            // The other end closes as it likes.
        }
    }
}
