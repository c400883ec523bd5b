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
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document that a node serves, held to the recommended rules of a linter that we did not write. */
class OpenApiIT {
    private static final Path SCRIPT = DevProcess.REPOSITORY.resolve("cli/src/test/openapi-lint");
    private static final Path INSTALLED = DevProcess.REPOSITORY.resolve("cli/target/openapi-lint");
    private static final int MINUTES_MAX = 5;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void theDocumentKeepsTheRecommendedRules() throws Exception {
        Path document = directory.resolve("openapi.json");
        try (ReadyProcess node = DevProcess.start(directory);
                HttpClient http = HttpClient.newHttpClient()) {
            URI uri = URI.create(node.ready().get("http").asString() + "/openapi.json");
            HttpResponse<Path> answer =
                    http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofFile(document));
            assertThat(answer.statusCode()).isEqualTo(200);
        }
        install();
        run(List.of("node", "lint.mjs", document.toString()));
        // A linter that finds nothing anywhere would be of no use.
        Path spoilt = directory.resolve("spoilt.json");
        Files.writeString(spoilt, Files.readString(document).replace("\"operationId\":\"list_logs\",", ""));
        assertThat(output(List.of("node", "lint.mjs", spoilt.toString()))).contains("operation-operationId");
    }

    /** Fetches the linter as its lock file says, once. */
    private static void install() throws IOException, InterruptedException {
        Files.createDirectories(INSTALLED);
        for (String name : List.of("package.json", "package-lock.json", "lint.mjs")) {
            Files.copy(SCRIPT.resolve(name), INSTALLED.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(INSTALLED.resolve("node_modules/.package-lock.json"))) {
            run(List.of("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"));
        }
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = start(command);
        assertThat(process.exitValue()).as("%s: %s", command, printed()).isZero();
    }

    private static String output(List<String> command) throws IOException, InterruptedException {
        assertThat(start(command).exitValue()).isNotZero();
        return printed();
    }

    private static Process start(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(INSTALLED.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(INSTALLED.resolve("output").toFile()))
                .start();
        assertThat(process.waitFor(MINUTES_MAX, TimeUnit.MINUTES))
                .as("%s ends", command)
                .isTrue();
        return process;
    }

    private static String printed() throws IOException {
        return Files.readString(INSTALLED.resolve("output"));
    }
}
