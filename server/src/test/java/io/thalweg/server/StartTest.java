package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.Tls;
import io.thalweg.server.data.DataDirectory;
import io.thalweg.server.data.Failures;
import io.thalweg.server.data.Settled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start does before it serves, and what it leaves alone when it refuses. */
final class StartTest {
    @TempDir
    private Path folder = Path.of("");

    private static NodeOptions options(Path data) {
        return NodeOptions.in(data).withHttp("127.0.0.1", 0).withCompiled(false);
    }

    private static DevNode start(Path data) throws Exception {
        return DevNode.start(options(data), new HostPort("127.0.0.1", 0));
    }

    @Test
    void aSecondStartRefusesBeforeItReadsAnythingThoughTheLockFileWasRemoved() throws Exception {
        Path data = folder.resolve("data");
        try (DevNode first = start(data)) {
            Files.delete(data.resolve("LOCK"));
            // A file that a start would complain of, if it came so far.
            Files.writeString(data.resolve("secrets").resolve("operator.key"), "");
            Settled.awaitRest(data);
            var before = Settled.content(data);
            assertThatThrownBy(() -> Node.start(options(data))).hasMessageContaining("another node runs on");
            assertThatThrownBy(() -> DataDirectory.hold(data)).hasMessageContaining("another node runs on");
            assertThat(Settled.content(data)).isEqualTo(before);
            assertThat(first.node().notReady()).isEmpty();
            Files.writeString(data.resolve("secrets").resolve("operator.key"), "top_again");
        }
        try (DevNode again = start(data)) {
            assertThat(again.node().notReady()).isEmpty();
        }
    }

    @Test
    void whatBeginsAgainInTheProcessIsFoundAtThePortsThatItHad() throws Exception {
        Path data = folder.resolve("data");
        NodeOptions open = options(data).withMetrics(new HostPort("127.0.0.1", 0));
        Comebacks lives = new Comebacks(System::nanoTime);
        String url;
        String metrics;
        try (Node first = Node.start(open, lives)) {
            url = first.url();
            metrics = first.metricsUrl();
        }
        try (Node second = Node.start(open, lives)) {
            assertThat(second.url()).isEqualTo(url);
            assertThat(second.metricsUrl()).isEqualTo(metrics).isNotEqualTo(url);
        }
    }

    @Test
    void anotherNodesDataIsRefusedBeforeAnythingInItIsOpened() throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(
                data.resolve("identity"),
                "thalweg identity 1\ncluster 00000000-0000-0001-0000-000000000001\nnode n7\n");
        assertThatThrownBy(() -> Node.start(options(data)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is the data of node n7");
        assertThat(data.resolve("shards")).doesNotExist();
    }

    @Test
    void whatIsInTheDataDirectoryIsForItsOwnerOnlyAndAStartTightensWhatWasNot() throws Exception {
        Path data = folder.resolve("data");
        start(data).close();
        assertThat(openToOthers(data)).isEmpty();
        Path snapshots = data.resolve("shards").resolve("0").resolve("state");
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(snapshots, PosixFilePermissions.fromString("rwxrwxr-x"));
        try (DevNode _ = start(data)) {
            assertThat(openToOthers(data)).isEmpty();
        }
    }

    private static List<Path> openToOthers(Path data) throws IOException {
        try (Stream<Path> paths = Files.walk(data)) {
            return paths.filter(path -> {
                        try {
                            String text = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
                            return !text.endsWith("------");
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .toList();
        }
    }

    @Test
    void aSecretThatIsDamagedIsNamedAndNothingIsChanged() throws Exception {
        Path data = folder.resolve("data");
        start(data).close();
        Path signing = data.resolve("secrets").resolve("jwt.pem");
        Path operator = data.resolve("secrets").resolve("operator.key");
        Path development = data.resolve("dev.env");
        for (Path file : new Path[] {signing, operator, development}) {
            byte[] whole = Files.readAllBytes(file);
            byte[] damaged = whole.clone();
            damaged[damaged.length / 2] = (byte) 0xff;
            refuses(data, file, damaged, "bytes that are no text");
            Files.write(file, whole);
        }
        // Every character of the key in turn becomes another one of the same alphabet.
        byte[] whole = Files.readAllBytes(signing);
        int begin = new String(whole, StandardCharsets.US_ASCII).indexOf('\n') + 60;
        for (int at = begin; at < whole.length - 40; at += 97) {
            if (Character.isLetterOrDigit(whole[at])) {
                byte[] damaged = whole.clone();
                damaged[at] = (byte) (whole[at] == 'x' ? 'y' : 'x');
                refuses(data, signing, damaged, "does not hold an RSA key");
            }
        }
        Files.write(signing, whole);
        start(data).close();
    }

    private static void refuses(Path data, Path file, byte[] damaged, String why) throws IOException {
        Files.write(file, damaged);
        var before = Settled.content(data);
        assertThatThrownBy(() -> start(data).close())
                .hasMessageContaining(file.toString())
                .hasMessageContaining(why);
        assertThat(Settled.content(data)).isEqualTo(before);
    }

    /** Two shards for data beside the directory's, as a killed node leaves them, with a torn frame at the end of the first's journal. */
    private Path torn() throws Exception {
        Path live = folder.resolve("live");
        Path data = folder.resolve("data");
        try (TestNode node = new TestNode(options(live).withDataShards(2))) {
            Client client = node.client();
            for (int i = 0; i < 4; i++) {
                client.post("/logs/" + client.createLog("log-" + i) + "/append", "{\"n\":" + i + "}");
            }
            node.restart();
            client = node.client();
            client.post("/topics/people/objects", "{\"set\":{}}");
            client.createLog("log-4");
            Settled.copy(live, data);
        }
        Path segment = largest(data.resolve("shards/0/journal"), ".seg");
        // Neither zeros nor a frame: what a write that was cut off by a crash leaves.
        byte[] bytes = Files.readAllBytes(segment);
        int end = bytes.length;
        while (end > 1 && bytes[end - 1] == 0) {
            end--;
        }
        byte[] torn = Arrays.copyOf(bytes, Math.max(bytes.length, end + 64));
        Arrays.fill(torn, end + 16, end + 64, (byte) 7);
        Files.write(segment, torn);
        Files.deleteIfExists(data.resolve("shards/0/journal/FORCED"));
        return data;
    }

    private static Path largest(Path folder, String suffix) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.filter(path -> path.toString().endsWith(suffix))
                    .max(Comparator.comparingLong(path -> path.toFile().length()))
                    .orElseThrow();
        }
    }

    @Test
    void whatRefusesAfterTheFirstShardRefusesBeforeThatOneChangedAnything() throws Exception {
        Path data = torn();
        Path second = largest(data.resolve("shards/2/journal"), ".seg");
        Path kept = folder.resolve("kept.seg");
        Files.move(second, kept);
        refusesAsItWas(data, options(data), second.toString());
        Files.move(kept, second);

        Path elsewhere = folder.resolve("elsewhere");
        Files.move(data.resolve("shards/2"), elsewhere);
        refusesAsItWas(data, options(data), "shard 2 is missing");
        Files.move(elsewhere, data.resolve("shards/2"));

        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = busy.getLocalPort();
            refusesAsItWas(
                    data, options(data).withHttp("127.0.0.1", port), "cannot listen for HTTP on 127.0.0.1:" + port);
            LedgerPort ledger = new LedgerPort(new HostPort("127.0.0.1", port), "dev", "default", 0);
            refusesAsItWas(data, options(data).withLedgerPorts(List.of(ledger)), "cannot listen for ledger clients");
            var before = Settled.content(data);
            assertThatThrownBy(() -> DevNode.start(options(data), ledger.address()))
                    .hasMessageContaining("cannot listen for ledger clients");
            assertThat(Settled.content(data)).isEqualTo(before);
        }
        Path certificate = folder.resolve("none.pem");
        refusesAsItWas(data, options(data).withTls(new Tls(certificate, certificate)), "none.pem");

        // Nothing of it was in the way of a start that has no reason to refuse, and which then cuts the tail.
        var before = Settled.content(data);
        start(data).close();
        assertThat(Settled.content(data)).isNotEqualTo(before);
        assertThat(files(data.resolve("aside"))).isNotEmpty();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.toList();
        }
    }

    private static void refusesAsItWas(Path data, NodeOptions options, String why) throws IOException {
        var before = Settled.content(data);
        assertThatThrownBy(() -> Node.start(options)).hasStackTraceContaining(why);
        assertThat(Settled.content(data)).as(why).isEqualTo(before);
    }

    @Test
    void whatHealthSaysOfAFailureHasItsReasonAndNoPath() {
        Path secret = Path.of("/srv/other-tenant/transfers.records");
        assertThat(Failures.withoutPaths(new IOException("No space left on device")))
                .contains("No space left on device");
        assertThat(Failures.withoutPaths(new UncheckedIOException(
                        new FileSystemException(secret.toString(), null, "No space left on device"))))
                .contains("No space left on device")
                .doesNotContain("/");
        assertThat(Failures.withoutPaths(new CorruptionException(secret, 16384, "the block has a wrong checksum")))
                .contains("transfers.records at offset 16384")
                .doesNotContain("/");
        assertThat(Failures.withoutPaths(new IllegalStateException("in " + secret)))
                .doesNotContain("/");
    }
}
