package io.thalweg.cli.api;

import io.thalweg.cli.terminal.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Which node to talk to and as whom. What the command line leaves out comes from the environment, and after that from the
 * {@code dev.env} that {@code thalweg dev} writes into its data directory.
 */
public final class Access {
    public static final String DEFAULT_DATA = ".thalweg";

    @Option(names = "--url", paramLabel = "URL", description = "The node's address (or THALWEG_URL).")
    private @Nullable String url;

    @Option(names = "--api-key", paramLabel = "KEY", description = "The API key (or THALWEG_API_KEY).")
    private @Nullable String apiKey;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Certificates (PEM) of an authority to believe beside the JDK's (or THALWEG_CA).")
    private @Nullable String authority;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data directory of a local dev node, whose dev.env tells address and key (default:"
                    + " ${DEFAULT-VALUE}).",
            defaultValue = DEFAULT_DATA)
    private Path data = Path.of(DEFAULT_DATA);

    /** Opens the API; fails with a text that says what is missing. */
    public Api open() throws IOException {
        Map<String, String> dev = devEnvironment();
        URI address = address(dev);
        return new Api(address, need(apiKey, "THALWEG_API_KEY", dev, "--api-key"), trust(address));
    }

    /** Opens the API as the operator, whose key lies beside the data: for whoever is on the node's machine and may read it. */
    public Api openAsOperator() throws IOException {
        return openAsOperator(address(devEnvironment()));
    }

    /** The same at another node of the cluster, whose nodes share the operator's key. */
    public Api openAsOperator(URI address) throws IOException {
        Path key = data.resolve("secrets").resolve("operator.key");
        try {
            return Api.withToken(address, Files.readString(key).strip(), trust(address));
        } catch (NoSuchFileException e) {
            throw new Failure("no operator key at " + key + ": give the node's data directory with --data");
        }
    }

    private URI address(Map<String, String> dev) {
        String text = need(url, "THALWEG_URL", dev, "--url");
        try {
            URI address = new URI(text);
            if (address.getHost() != null
                    && ("http".equals(address.getScheme()) || "https".equals(address.getScheme()))) {
                return address;
            }
        } catch (URISyntaxException e) {
            // The same as one that is well-formed and leads nowhere.
        }
        throw new Failure("the address " + text + " is not such as http://127.0.0.1:4780");
    }

    private SSLContext trust(URI address) throws IOException {
        if (address.getScheme().equals("http")) {
            return PrivateAuthority.nobody();
        }
        String file = authority == null ? System.getenv("THALWEG_CA") : authority;
        return PrivateAuthority.trusting(file == null ? null : Path.of(file));
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
