package io.thalweg.cli.cluster;

import io.thalweg.cli.terminal.Failure;
import io.thalweg.cluster.certificate.PeerAuthority;
import io.thalweg.cluster.certificate.PeerAuthority.Issued;
import io.thalweg.server.auth.SecretFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a private authority and certificates for nodes; asks no node. */
@Command(
        name = "certificates",
        description = "Make a private authority, and certificates by which nodes know each other.",
        mixinStandardHelpOptions = true)
final class ClusterCertificates implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description =
                    "Where the files go: ca.pem, ca-key.pem, and ID.pem and ID-key.pem for each node. An authority"
                            + " that is there signs again.")
    private Path directory = Path.of("");

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "ID=HOST[,HOST]",
            description = "A node, and the names and addresses at which the others reach it.")
    private List<String> nodes = List.of();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Map<String, List<String>> hosts = new LinkedHashMap<>();
        for (String node : nodes) {
            int equals = node.indexOf('=');
            if (equals < 1 || !node.substring(0, equals).matches("[A-Za-z0-9_-]{1,100}")) {
                throw new Failure("'" + node + "' is no ID=HOST[,HOST], such as n1=10.0.0.1");
            }
            String id = node.substring(0, equals);
            if (id.equals("ca") || id.endsWith("-key")) {
                throw new Failure(
                        "'" + id + "' cannot be a node here: its files would be the authority's or another node's");
            }
            hosts.put(id, Arrays.asList(node.substring(equals + 1).split(",", -1)));
        }
        make(directory, hosts);
        PrintWriter out = spec.commandLine().getOut();
        hosts.keySet().forEach(id -> out.println(id + "  " + directory.resolve(id + ".pem")));
        out.println("Give each node its two files and ca.pem; keep ca-key.pem elsewhere, it can make nodes.");
        out.flush();
        return 0;
    }

    private static void make(Path directory, Map<String, List<String>> hosts) throws IOException {
        SecretFiles.createDirectory(directory);
        Path certificate = directory.resolve("ca.pem");
        Path key = directory.resolve("ca-key.pem");
        Instant now = Instant.now();
        PeerAuthority authority;
        try {
            if (Files.exists(certificate)) {
                authority = PeerAuthority.of(new Issued(SecretFiles.read(certificate), SecretFiles.read(key)));
            } else {
                authority = PeerAuthority.create("thalweg cluster", now);
                SecretFiles.write(key, authority.issued().key());
                SecretFiles.write(certificate, authority.issued().certificate());
            }
            for (Map.Entry<String, List<String>> node : hosts.entrySet()) {
                Issued issued = authority.issue(node.getKey(), node.getValue(), now);
                SecretFiles.write(directory.resolve(node.getKey() + "-key.pem"), issued.key());
                SecretFiles.write(directory.resolve(node.getKey() + ".pem"), issued.certificate());
            }
        } catch (IllegalArgumentException e) {
            throw new Failure(String.valueOf(e.getMessage()));
        }
    }
}
