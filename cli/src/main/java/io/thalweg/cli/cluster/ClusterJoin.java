package io.thalweg.cli.cluster;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.PrivateAuthority;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Input;
import io.thalweg.cluster.certificate.NodeKey;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes the node of a configuration a member of a cluster, by a token, and writes what it needs to start. */
@Command(
        name = "join",
        description = "Make the node of a configuration a member of a cluster that is there, by a token.",
        mixinStandardHelpOptions = true)
final class ClusterJoin implements Callable<Integer> {
    private static final int TOKEN_BYTES_MAX = 4_096;

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "The node's configuration, with data, id, http and peer; what it lacks is written to it.")
    private Path config = Path.of("");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "TOKEN",
            description = {
                "- to read what thalweg cluster token printed from standard input.",
                "The token itself is taken, too, but whoever is on this machine can read it while the command runs."
            })
    private @Nullable String token;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "A file with the token (or the token in THALWEG_JOIN_TOKEN).")
    private @Nullable String tokenFile;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "URL",
            description = "Where a node of the cluster takes requests.")
    private String to = "";

    @Option(
            names = "--http-url",
            paramLabel = "URL",
            description = "Where the node will take requests, if not at HOST:PORT of its configuration.")
    private @Nullable String http;

    @Option(names = "--agent-url", paramLabel = "URL", description = "Where it will answer operators' tools.")
    private @Nullable String agent;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Certificates (PEM) of an authority to believe beside the JDK's (or THALWEG_CA).")
    private @Nullable Path authority;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Map<String, String> options = NodeFile.raw(config);
        if (options.keySet().stream().anyMatch(name -> name.startsWith("cluster."))) {
            throw new Failure(config + " names a cluster already");
        }
        String shown = token();
        int pinned = shown.indexOf('.');
        String secret = pinned < 0 ? shown : shown.substring(0, pinned);
        NodeKey key = options.containsKey("peer.certificate") ? null : NodeKey.create();
        ObjectNode request = Api.JSON
                .createObjectNode()
                .put("token", secret)
                .put("node_id", option(options, "id"))
                .put("peer", option(options, "peer"))
                .put("http", http == null ? usual(options) : http);
        if (agent != null) {
            request.put("agent", agent);
        }
        if (key != null) {
            request.put("public_key", Base64.getEncoder().encodeToString(key.publicKey()));
        }
        Path parent = config.toAbsolutePath().getParent();
        Path data = (parent == null ? Path.of("") : parent).resolve(option(options, "data"));
        if (Files.exists(data.resolve("identity"))) {
            throw new Failure(data + " is a node's data already: a node that joins begins with nothing");
        }
        Path keyFile = config.resolveSibling("peer").resolve(option(options, "id") + "-key.pem");
        if (key != null && Files.exists(keyFile)) {
            throw new Failure(keyFile + " is there already, and may be another node's: name it and its certificate in "
                    + config + " (peer.key, peer.certificate, peer.ca), or take it away");
        }
        JsonNode joined;
        String known = System.getenv("THALWEG_CA");
        Path trusted = authority == null && known != null ? Path.of(known) : authority;
        SSLContext believed = trusted == null && pinned >= 0
                ? PrivateAuthority.pinned(shown.substring(pinned + 1))
                : PrivateAuthority.trusting(trusted);
        try (Api api = Api.withToken(address(), "", believed)) {
            joined = api.post("/cluster/join", request);
        }
        writeSecrets(data.resolve("secrets"), joined.path("secrets"));
        complete(joined, key == null ? "" : writeCertificates(option(options, "id"), key, joined));
        PrintWriter out = spec.commandLine().getOut();
        if (key != null
                && joined.path("peer_ca").isString()
                && !joined.path("peer_certificate").isString()) {
            out.println("The nodes talk over mutual TLS, and the one at --to has not the authority's key (peer.ca_key):"
                    + " before you start it, give it a certificate by thalweg cluster certificates, and name that in "
                    + config);
        }
        out.println(option(options, "id") + " is a member: start it with thalweg node --config " + config);
        out.flush();
        return 0;
    }

    /** From where others on this machine do not see it, unless it was given as an argument all the same. */
    private String token() throws IOException {
        boolean piped = "-".equals(token);
        String known = token == null && tokenFile == null ? System.getenv("THALWEG_JOIN_TOKEN") : token;
        if (tokenFile != null && token != null) {
            throw new Failure("give the token once: --token-file, -, or THALWEG_JOIN_TOKEN");
        }
        if (tokenFile == null && !piped && known == null) {
            throw new Failure(
                    "no token: give it by --token-file FILE, by - and standard input, or in THALWEG_JOIN_TOKEN");
        }
        if (tokenFile == null && !piped && token != null) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("thalweg: others on this machine can read a token that is an argument, while this runs: use"
                    + " --token-file, or - and standard input");
            err.flush();
        }
        return (tokenFile == null && !piped ? String.valueOf(known) : read(tokenFile)).strip();
    }

    private static String read(@Nullable String file) throws IOException {
        try (Input input = Input.open(file)) {
            return new String(input.stream().readNBytes(TOKEN_BYTES_MAX), StandardCharsets.UTF_8);
        }
    }

    /** What comes back is secret: it does not go over others' wires in the clear. */
    private URI address() {
        try {
            URI address = new URI(to);
            if (address.getHost() != null
                    && ("https".equals(address.getScheme())
                            || ("http".equals(address.getScheme())
                                    && new HostPort(address.getHost(), Math.max(0, address.getPort())).isLoopback()))) {
                return address;
            }
        } catch (URISyntaxException e) {
            // The same as one that is well-formed and leads nowhere.
        }
        throw new Failure("--to is " + to + ", expected such as https://HOST:PORT; plain http only on this machine");
    }

    private String usual(Map<String, String> options) {
        String listens = option(options, "http");
        HostPort address = HostPort.parse("http", listens);
        if (address.isWildcard() || address.port() == 0) {
            throw new Failure("http is " + listens + ", which is no address to come to: say --http-url");
        }
        return (options.containsKey("tls.certificate") ? "https://" : "http://") + listens;
    }

    private String option(Map<String, String> options, String name) {
        String value = options.get(name);
        if (value == null) {
            throw new Failure(config + " lacks the option '" + name + "'");
        }
        return value;
    }

    private static void writeSecrets(Path secrets, JsonNode shared) throws IOException {
        SecretFiles.createDirectory(secrets);
        for (String name : NodeSecrets.SHARED) {
            SecretFiles.write(secrets.resolve(name), shared.path(name).asString());
        }
        for (String name : NodeSecrets.SHARED_FOR_A_WHILE) {
            if (shared.has(name)) {
                SecretFiles.write(secrets.resolve(name), shared.path(name).asString());
            }
        }
    }

    /** Returns the lines of the configuration that name them; none when there is no certificate. */
    private String writeCertificates(String id, NodeKey key, JsonNode joined) throws IOException {
        if (!joined.path("peer_certificate").isString()) {
            return "";
        }
        Path peer = config.resolveSibling("peer");
        SecretFiles.createDirectory(peer);
        SecretFiles.write(peer.resolve(id + "-key.pem"), key.pem());
        SecretFiles.write(
                peer.resolve(id + ".pem"), joined.path("peer_certificate").asString());
        SecretFiles.write(peer.resolve("ca.pem"), joined.path("peer_ca").asString());
        return "peer.certificate = peer/" + id + ".pem\npeer.key = peer/" + id + "-key.pem\npeer.ca = peer/ca.pem\n";
    }

    private void complete(JsonNode joined, String certificates) throws IOException {
        StringBuilder lines = new StringBuilder(Files.readString(config))
                .append("\n# By thalweg cluster join\ncluster.id = ")
                .append(joined.path("cluster_id").asString())
                .append("\ncluster.join = true\ncluster.replicas = ")
                .append(joined.path("replicas").asInt())
                .append('\n')
                .append(certificates);
        for (JsonNode member : joined.path("members")) {
            lines.append("cluster.member.")
                    .append(member.path("node_id").asString())
                    .append(" = ")
                    .append(member.path("peer").asString())
                    .append(' ')
                    .append(member.path("http").asString());
            if (member.path("agent").isString()) {
                lines.append(' ').append(member.path("agent").asString());
            }
            lines.append('\n');
        }
        Path fresh = config.resolveSibling(config.getFileName() + ".fresh");
        Files.writeString(fresh, lines);
        Files.move(fresh, config, StandardCopyOption.ATOMIC_MOVE);
    }
}
