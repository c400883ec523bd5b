package io.thalweg.testkit.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node {@code a} dials a node {@code b}. */
@Timeout(60)
final class PeerLinksTest {
    private final PeerLinks links = new PeerLinks(_ -> Optional.of("a"));
    private final ServerSocket node = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private Socket a = new Socket();
    private Socket b = new Socket();

    PeerLinksTest() throws IOException {}

    @BeforeEach
    void connect() throws IOException {
        InetSocketAddress reached;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            reached = new InetSocketAddress(free.getInetAddress(), free.getLocalPort());
        }
        links.before("b", reached, new InetSocketAddress(node.getInetAddress(), node.getLocalPort()));
        a = new Socket(reached.getAddress(), reached.getPort());
        b = node.accept();
        say(a, 1);
        hears(b, 1);
    }

    @AfterEach
    void close() throws IOException {
        a.close();
        b.close();
        node.close();
        links.close();
    }

    private static void say(Socket from, int what) throws IOException {
        from.getOutputStream().write(what);
    }

    private static void hears(Socket to, int what) throws IOException {
        to.setSoTimeout(0);
        assertThat(to.getInputStream().read()).isEqualTo(what);
    }

    private static boolean hearsNothing(Socket to) throws IOException {
        to.setSoTimeout(100);
        try {
            return to.getInputStream().read() == Integer.MIN_VALUE;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }

    @Test
    void oneWayIsCutAndTheOtherIsNotAndWhatWaitsGoesOnInOrder() throws IOException {
        links.cut("a", "b");
        say(a, 2);
        say(b, 3);
        hears(a, 3);
        assertThat(hearsNothing(b)).isTrue();
        say(a, 4);
        links.heal();
        hears(b, 2);
        hears(b, 4);
        links.cut("c", "b");
        say(a, 5);
        hears(b, 5);
    }

    @Test
    void whatIsSlowedDownArrivesLater() throws IOException {
        Duration by = Duration.ofMillis(300);
        links.delay("b", "a", by);
        long fromNs = System.nanoTime();
        say(b, 2);
        hears(a, 2);
        // It cannot be earlier, however the machine runs.
        assertThat(System.nanoTime() - fromNs).isGreaterThanOrEqualTo(by.toNanos());
    }

    @Test
    void theEndOfOneIsTheEndOfTheOther() throws IOException {
        a.close();
        hears(b, -1);
    }

    @Test
    void thisProcessHasTheNearEndOfItsConnection() throws IOException {
        String[] words = Files.readString(Path.of("/proc/self/cmdline")).split("\0", -1);
        Map<String, String> known = Map.of("nobody", "no word of any", "me", words[words.length - 2]);
        assertThat(new ProcessPorts(known).at(a.getLocalPort())).contains("me");
        assertThat(new ProcessPorts(Map.of()).at(a.getLocalPort())).isEmpty();
    }

    @Test
    void nodesOfAClusterAreBehindTheirLinks(@TempDir Path folder) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config = Files.writeString(folder.resolve("node.conf"), "id = n1\npeer = 127.0.0.1:" + port + "\n");
        for (int i = 0; i < 2; i++) { // also when it was done before
            try (PeerLinks between = PeerLinks.between(Map.of("n1", config));
                    ServerSocket behind = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.2"));
                    Socket near = new Socket(InetAddress.getLoopbackAddress(), port);
                    Socket far = behind.accept()) {
                between.cut("n1", "n2"); // nobody who dials here is one of these
                say(near, 7);
                hears(far, 7);
            }
            assertThat(Files.readString(config)).isEqualTo("id = n1\npeer = 127.0.0.2:" + port + "\n");
        }
        Files.writeString(config, "id = n1\n");
        assertThatThrownBy(() -> PeerLinks.between(Map.of("n1", config)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not say 'peer = 127.0.0.1:PORT'");
    }
}
