package io.thalweg.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Which node to talk to and as whom. What the command line leaves out comes from the environment, and after that from the
 * {@code dev.env} that {@code thalweg dev} writes into its data directory.
 */
final class Access {
    static final String DEFAULT_DATA = ".thalweg";

    @Option(names = "--url", paramLabel = "URL", description = "The node's address (or THALWEG_URL).")
    private @Nullable String url;

    @Option(names = "--api-key", paramLabel = "KEY", description = "The API key (or THALWEG_API_KEY).")
    private @Nullable String apiKey;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data directory of a local dev node, whose dev.env tells address and key (default:"
                    + " ${DEFAULT-VALUE}).",
            defaultValue = DEFAULT_DATA)
    private Path data = Path.of(DEFAULT_DATA);

    /** Opens the API; fails with a text that says what is missing. */
    Api open() throws IOException {
        Map<String, String> dev = devEnvironment();
        return new Api(
                URI.create(need(url, "THALWEG_URL", dev, "--url")), need(apiKey, "THALWEG_API_KEY", dev, "--api-key"));
    }

    /** The data directory, for what only someone on the node's machine may do. */
    Path data() {
        return data;
    }

    /** The node's address alone. */
    URI address() throws IOException {
        return URI.create(need(url, "THALWEG_URL", devEnvironment(), "--url"));
    }

    private String need(@Nullable String option, String variable, Map<String, String> dev, String name) {
        if (option != null) {
            return option;
        }
        String value = System.getenv().getOrDefault(variable, dev.get(variable));
        if (value == null) {
            throw new Failure(
                    "no " + variable + ": start a node with ./thalweg dev in this directory, or give " + name);
        }
        return value;
    }

    private Map<String, String> devEnvironment() throws IOException {
        Path file = data.resolve("dev.env");
        Map<String, String> values = new HashMap<>();
        if (Files.isReadable(file)) {
            for (String line : Files.readAllLines(file)) {
                String assignment = line.startsWith("export ") ? line.substring("export ".length()) : line;
                int equals = assignment.indexOf('=');
                if (equals > 0) {
                    values.put(assignment.substring(0, equals), unquote(assignment.substring(equals + 1)));
                }
            }
        }
        return values;
    }

    private static String unquote(String value) {
        boolean quoted = value.length() >= 2 && (value.startsWith("'") || value.startsWith("\""));
        return quoted ? value.substring(1, value.length() - 1) : value;
    }
}
