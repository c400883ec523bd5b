package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The test suite that each npm release of TigerBeetle's client ships, unchanged, against {@code ./thalweg dev}: one release of each
 * family of operations. The packages are fetched once into {@code target}; they need {@code node} and, like every such
 * client, io_uring.
 */
class NodeClientsIT {
    private static final Path FETCHED = DevProcess.REPOSITORY.resolve("cli/target/tigerbeetle-node");
    private static final int SUITE_SECONDS_MAX = 180;

    @TempDir
    private Path directory = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "0.16.29, HeMT49CK2r7sxon/3/VXfGNKvmmT3XTm7W0ySH4WA14JjTGy91NpOZjuPTEr2Z+S/PT0GzRVyCLhpdQD7Qdc8w==, 23",
        "0.16.66, udvjrbZjxqbUPfHf9yrF22ajV5BitrPS0eF5ZSIukh66IqYxcMVwGd0Jhd/LDdtmSfTrRFKfGi8Dmi67NlIG4g==, 24",
        "0.17.9, jx2V8WtY1IKndEGhNWsUYHh7Sc9uYLylkJUIXwkskUm/q/ziqS3VyKzBCSTkfU4nZxkAXHeVzzbG30ENzGj68w==, 27"
    })
    void theClientsOwnSuitePasses(String version, String sha512, int tests) throws Exception {
        Path client = fetched(version, sha512);
        Path log = directory.resolve("suite.log");
        try (ReadyProcess node = DevProcess.start(directory)) {
            ProcessBuilder suite = new ProcessBuilder("node", "dist/test.js")
                    .directory(client.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.to(log.toFile()));
            suite.environment().put("TB_ADDRESS", node.ready().get("ledger").asString());
            Process running = suite.start();
            boolean ended = running.waitFor(SUITE_SECONDS_MAX, TimeUnit.SECONDS);
            running.destroyForcibly();
            String output = Files.readString(log);
            assertThat(ended).as("the suite ends:%n%s", output).isTrue();
            assertThat(running.exitValue()).as(output).isZero();
            assertThat(output.lines().filter(line -> line.endsWith(": PASSED")))
                    .as(output)
                    .hasSize(tests);
        }
    }

    /** The unpacked package, whose bytes are those that the registry has had since its release. */
    private static Path fetched(String version, String sha512) throws IOException, InterruptedException {
        Path place = FETCHED.resolve(version);
        Path archive = FETCHED.resolve(version + ".tgz");
        Files.createDirectories(place);
        if (!Files.exists(archive) || !hash(archive).equals(sha512)) {
            URI source =
                    URI.create("https://registry.npmjs.org/tigerbeetle-node/-/tigerbeetle-node-" + version + ".tgz");
            try (HttpClient http = HttpClient.newBuilder()
                    .connectTimeout(Duration.ofSeconds(30))
                    .build()) {
                HttpResponse<Path> response = http.send(
                        HttpRequest.newBuilder(source)
                                .timeout(Duration.ofMinutes(5))
                                .build(),
                        HttpResponse.BodyHandlers.ofFile(archive));
                assertThat(response.statusCode()).as("fetching %s", source).isEqualTo(200);
            } catch (IOException e) {
                throw new AssertionError(
                        "this test fetches " + source + " and cannot reach it; put the file at " + archive
                                + " to run it without a network",
                        e);
            }
        }
        assertThat(hash(archive)).as("SHA-512 of %s", archive).isEqualTo(sha512);
        Process tar = new ProcessBuilder("tar", "xzf", archive.toString(), "-C", place.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).as("unpacking %s", archive).isZero();
        return place.resolve("package");
    }

    private static String hash(Path file) throws IOException {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(file)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
