package io.thalweg.bench.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class NodeClientTest {

    /** A node that closes a connection behind its first answer, as one does on which nothing happened for long. */
    private static ServerSocket closing() throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().read(new byte[1 << 12]);
                    String body = "{\"access_token\":\"t\",\"event_count\":7}";
                    socket.getOutputStream()
                            .write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                                    .getBytes(StandardCharsets.ISO_8859_1));
                } catch (IOException _) {
                    // the test is over
                }
            }
        });
        return server;
    }

    @Test
    void aConnectionThatWasIdleForLongIsMadeAnew() throws IOException {
        try (ServerSocket server = closing();
                NodeClient client = new NodeClient(URI.create("http://127.0.0.1:" + server.getLocalPort()), "key", 0)) {
            assertThat(client.eventCount("a")).isEqualTo(7);
            assertThat(client.eventCount("a")).isEqualTo(7);
        }
    }
}
