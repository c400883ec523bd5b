package io.thalweg.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The file that {@code thalweg node --config FILE} reads. One option a line, {@code name = value}; empty lines and lines that begin
 * with {@code #} say nothing. Paths are relative to the file. An option that is unknown, or there twice, is an error.
 *
 * <pre>
 * data             = /var/lib/thalweg        the data directory; the only option that is required
 * id               = n1                      the node's name
 * http             = 0.0.0.0:4780            where to listen; port 0 takes a free one
 * http.connections = 10000                   open connections
 * http.body_memory = 512MiB                  memory for request bodies; bytes, or with KiB, MiB, GiB
 * http.cors        = https://app.example.com origins whose pages may call the API, with commas; * for all; none if missing
 * tls.certificate  = cert.pem                PEM, the certificate first, then its chain
 * tls.key          = key.pem                 PEM, PKCS#8
 * views.compiled   = true                    false interprets the code of views
 * ledger.main      = 0.0.0.0:3000 acme books 0   where clients of the ledger's wire protocol find a tenant's ledger, and the
 *                                            cluster id that they must name (0); as many as wanted, each with a word of its own
 * </pre>
 */
public final class NodeFile {
    private static final Set<String> KNOWN = Set.of(
            "data",
            "id",
            "http",
            "http.connections",
            "http.body_memory",
            "http.cors",
            "tls.certificate",
            "tls.key",
            "views.compiled",
            "shards");

    /** Begins the options that open ledger ports. */
    private static final String LEDGER = "ledger.";

    private final Path file;
    private final Map<String, String> values;

    private NodeFile(Path file, Map<String, String> values) {
        this.file = file;
        this.values = values;
    }

    /** The options in the file; {@link ConfigException} for what is wrong with it. */
    public static NodeOptions read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new ConfigException("cannot read the configuration " + file + ": " + e.getMessage(), e);
        }
        return new NodeFile(file, values(file, lines)).options();
    }

    private static Map<String, String> values(Path file, List<String> lines) {
        Map<String, String> values = new LinkedHashMap<>();
        int number = 0;
        for (String line : lines) {
            number++;
            String stripped = line.strip();
            if (stripped.isEmpty() || stripped.startsWith("#")) {
                continue;
            }
            int equals = stripped.indexOf('=');
            String name = equals < 0 ? stripped : stripped.substring(0, equals).strip();
            if (equals < 0) {
                throw new ConfigException(file + " line " + number + " is no 'name = value'");
            }
            if (!KNOWN.contains(name) && !name.startsWith(LEDGER)) {
                throw new ConfigException(file + " line " + number + " has the unknown option '" + name
                        + "'; known are " + new TreeSet<>(KNOWN) + " and " + LEDGER + "NAME");
            }
            if (values.put(name, stripped.substring(equals + 1).strip()) != null) {
                throw new ConfigException(file + " line " + number + " has '" + name + "' for the second time");
            }
        }
        return values;
    }

    private NodeOptions options() {
        String data = values.get("data");
        if (data == null) {
            throw new ConfigException(file + " lacks the option 'data', the node's data directory");
        }
        NodeOptions usual = NodeOptions.in(path("data", data));
        HostPort http = HostPort.parse("http", value("http", usual.httpHost() + ":" + usual.httpPort()));
        long connections = number("http.connections", value("http.connections", usual.connectionsMax()));
        NodeOptions options = usual.withId(value("id", usual.id()))
                .withHttp(http.host(), http.port())
                .withConnectionsMax((int) Math.min(Integer.MAX_VALUE, connections))
                .withBodyMemoryBytes(size("http.body_memory", value("http.body_memory", usual.bodyMemoryBytes())))
                .withCors(words("http.cors"))
                .withLedgerPorts(values.entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith(LEDGER))
                        .map(entry -> LedgerPort.parse(entry.getKey(), entry.getValue()))
                        .toList())
                .withCompiled(bool("views.compiled", value("views.compiled", usual.compiled())))
                .withDataShards((int)
                        Math.min(Integer.MAX_VALUE, number("shards", value("shards", usual.dataShards()))));
        String certificate = values.get("tls.certificate");
        String key = values.get("tls.key");
        return tls(options, certificate, key);
    }

    private String value(String name, Object otherwise) {
        return values.getOrDefault(name, String.valueOf(otherwise));
    }

    private List<String> words(String name) {
        String text = values.get(name);
        return text == null
                ? List.of()
                : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    }

    private NodeOptions tls(NodeOptions options, @Nullable String certificate, @Nullable String key) {
        if (certificate == null && key == null) {
            return options;
        }
        if (certificate == null || key == null) {
            throw new ConfigException(file + " has only one of tls.certificate and tls.key");
        }
        return options.withTls(new Tls(path("tls.certificate", certificate), path("tls.key", key)));
    }

    private Path path(String name, String value) {
        try {
            Path directory = file.toAbsolutePath().getParent();
            return directory == null ? Path.of(value) : directory.resolve(value);
        } catch (InvalidPathException e) {
            throw new ConfigException(name + " is '" + value + "', which is no path", e);
        }
    }

    private static long number(String name, String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new ConfigException(name + " is '" + value + "', expected a whole number", e);
        }
    }

    private static long size(String name, String value) {
        long unit = 1;
        String digits = value;
        for (Map.Entry<String, Long> known :
                Map.of("KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30).entrySet()) {
            if (value.endsWith(known.getKey())) {
                unit = known.getValue();
                digits = value.substring(0, value.length() - known.getKey().length())
                        .strip();
            }
        }
        try {
            return Math.multiplyExact(number(name, digits), unit);
        } catch (ArithmeticException e) {
            throw new ConfigException(name + " is '" + value + "', which is too large", e);
        }
    }

    private static boolean bool(String name, String value) {
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new ConfigException(name + " is '" + value + "', expected true or false");
        };
    }
}
