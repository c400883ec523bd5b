package io.thalweg.testkit.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

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
}
