package io.thalweg.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.server.Client;
import io.thalweg.server.DevNode;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damages each kind of file that a node keeps: what {@code verify} says of it and what a start does have to agree. */
final class DamagedDataTest {
    @TempDir
    private Path folder = Path.of("");

    private static final Map<String, Predicate<String>> KINDS = kinds();

    private static Map<String, Predicate<String>> kinds() {
        Map<String, Predicate<String>> kinds = new LinkedHashMap<>();
        kinds.put("segment", name -> name.endsWith(".seg"));
        kinds.put("index of a segment", name -> name.endsWith(".idx"));
        kinds.put("manifest", name -> name.endsWith("journal/MANIFEST"));
        kinds.put("note of what was forced", name -> name.endsWith("journal/FORCED"));
        kinds.put("snapshot", name -> name.endsWith(".state"));
        kinds.put("records of a ledger", name -> name.endsWith("transfers.records"));
        kinds.put("tail of a ledger", name -> name.endsWith(".tail"));
        kinds.put("cells of a ledger", name -> name.contains("/cells-"));
        kinds.put("snapshot of a view", name -> name.endsWith(".snapshot"));
        kinds.put("table of an index", name -> name.contains("/views/") && name.endsWith(".sst"));
        kinds.put("manifest of an index", name -> name.contains("/views/") && name.contains("/MANIFEST-"));
        kinds.put("pointer of an index", name -> name.contains("/views/") && name.endsWith("/CURRENT"));
        kinds.put("signing key", name -> name.endsWith("jwt.pem"));
        kinds.put("operator's key", name -> name.endsWith("operator.key"));
        kinds.put("variables", name -> name.endsWith("dev.env"));
        return kinds;
    }

    private static DevNode start(Path data) throws Exception {
        return DevNode.start(
                NodeOptions.in(data).withHttp("127.0.0.1", 0).withCompiled(false), new HostPort("127.0.0.1", 0));
    }

    private static List<Path> files(Path data) throws IOException {
        try (Stream<Path> paths = Files.walk(data)) {
            return paths.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static DataReport verify(Path data) throws IOException {
        try (DirectoryLock _ = DirectoryLock.take(data)) {
            return DataVerifier.verify(data, (_, _) -> {});
        }
    }

    /** A directory as a killed node leaves it, with some of everything in it. */
    private Path image() throws Exception {
        Path data = folder.resolve("live");
        Path image = folder.resolve("image");
        try (TestNode node = new TestNode(data)) {
            Client client = node.client();
            String log = "/logs/" + client.createLog("orders");
            client.post(log + "/views/c", TestNode.component("counter-c.wasm"));
            client.post(log + "/views/flights", TestNode.component("last-flight-as.wasm"));
            for (int i = 0; i < 30; i++) {
                client.post(log + "/append", "{\"id\":\"F" + i + "\",\"dep_airport_code\":\"LAX\"}");
            }
            client.post(
                    "/ledgers/default/accounts",
                    "[{\"id\":1,\"ledger\":700,\"code\":10},{\"id\":2,\"ledger\":700,\"code\":10}]");
            String transfers = transfers(1, 300);
            assertThat(client.post("/ledgers/default/transfers", transfers).status())
                    .isEqualTo(200);
            node.restart(); // which takes a snapshot
            Client again = node.client();
            again.post(log + "/append", "{\"order\":31}");
            again.post("/ledgers/default/transfers", transfers(301, 310));
            again.post(log + "/append", "{\"order\":32}");
            Settled.copy(data, image);
        }
        return image;
    }

    private static String transfers(int from, int to) {
        StringBuilder text = new StringBuilder("[");
        for (int id = from; id <= to; id++) {
            text.append(id == from ? "" : ",")
                    .append("{\"id\":")
                    .append(id)
                    .append(
                            ",\"debit_account_id\":1,\"credit_account_id\":2,\"amount\":\"1\",\"ledger\":700,\"code\":1}");
        }
        return text.append("]").toString();
    }

    private record Damaged(Path file, String how) {}

    /** One wrong bit, or the end missing, in one file of a kind. */
    private static Damaged damage(Path data, Predicate<String> kind, SplittableRandom random) {
        try {
            List<Path> files = files(data).stream()
                    .filter(file -> kind.test(file.toString()))
                    .toList();
            assertThat(files).isNotEmpty();
            Path file = files.get(random.nextInt(files.size()));
            byte[] bytes = Files.readAllBytes(file);
            // What a journal has filled with zeros ahead is no content.
            int end = bytes.length;
            while (end > 1 && bytes[end - 1] == 0) {
                end--;
            }
            int at = random.nextInt(end);
            if (random.nextInt(4) == 0) {
                Files.write(file, Arrays.copyOf(bytes, at));
                return new Damaged(file, "ends at " + at);
            }
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bytes);
            return new Damaged(file, "wrong byte at " + at);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void verifyAndAStartAgreeAndARefusalLeavesAllBytesAsTheyWere() throws Exception {
        Path image = image();
        DataReport whole = verify(image);
        assertThat(whole.findings()).isEmpty();
        assertThat(whole.refusal()).isEmpty();
        long seed = Long.getLong("thalweg.seed", 20261128);
        int refusals = 0;
        int number = 0;
        for (var kind : KINDS.entrySet()) {
            SplittableRandom random = new SplittableRandom(seed + number);
            Path data = folder.resolve("trial-" + number++);
            copy(image, data);
            Damaged damaged = damage(data, kind.getValue(), random);
            String what = kind.getKey() + ", " + damaged + ", seed " + seed;
            var before = Settled.content(data);
            DataReport report = verify(data);
            assertThat(Settled.content(data)).as(what).isEqualTo(before);
            Throwable refusal = catchThrowable(() -> start(data).close());
            if (refusal == null) {
                assertThat(report.refusal()).as(what).isEmpty();
            } else {
                refusals++;
                assertThat(report.refusal())
                        .as("%s: the start said: %s", what, refusal)
                        .isPresent();
                assertThat(report.findings()).as(what).isNotEmpty();
                assertThat(Settled.content(data)).as(what).isEqualTo(before);
            }
        }
        assertThat(refusals).as("seed %d", seed).isBetween(1, KINDS.size() - 1);
    }
}
