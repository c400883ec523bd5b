package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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

/** Releases of TigerBeetle's client for Node.js, one of each family of operations. They need {@code node} and, like every such client, io_uring. */
public enum NodeClientRelease {
    V0_16_29("0.16.29", "HeMT49CK2r7sxon/3/VXfGNKvmmT3XTm7W0ySH4WA14JjTGy91NpOZjuPTEr2Z+S/PT0GzRVyCLhpdQD7Qdc8w==", 23),
    V0_16_66("0.16.66", "udvjrbZjxqbUPfHf9yrF22ajV5BitrPS0eF5ZSIukh66IqYxcMVwGd0Jhd/LDdtmSfTrRFKfGi8Dmi67NlIG4g==", 24),
    V0_17_9("0.17.9", "jx2V8WtY1IKndEGhNWsUYHh7Sc9uYLylkJUIXwkskUm/q/ziqS3VyKzBCSTkfU4nZxkAXHeVzzbG30ENzGj68w==", 27);

    private static final Path FETCHED = DevProcess.REPOSITORY.resolve("cli/target/tigerbeetle-node");

    private final String version;
    private final String sha512;
    private final int tests;

    NodeClientRelease(String version, String sha512, int tests) {
        this.version = version;
        this.sha512 = sha512;
        this.tests = tests;
    }

    /** How many tests its own suite has. */
    int tests() {
        return tests;
    }

    /** The unpacked package, fetched once into {@code target}; its bytes are those that the registry has had since its release. */
    public Path fetched() throws IOException, InterruptedException {
        Path place = FETCHED.resolve(version);
        Path archive = FETCHED.resolve(version + ".tgz");
        Files.createDirectories(place);
        if (!Files.exists(archive) || !hash(archive).equals(sha512)) {
            fetch(archive);
        }
        assertThat(hash(archive)).as("SHA-512 of %s", archive).isEqualTo(sha512);
        Process tar = new ProcessBuilder("tar", "xzf", archive.toString(), "-C", place.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).as("unpacking %s", archive).isZero();
        return place.resolve("package");
    }

    private void fetch(Path archive) throws InterruptedException {
        URI source = URI.create("https://registry.npmjs.org/tigerbeetle-node/-/tigerbeetle-node-" + version + ".tgz");
        try (HttpClient http =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(30)).build()) {
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

    private static String hash(Path file) throws IOException {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(file)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public String toString() {
        return version;
    }
}
