package io.thalweg.bench.ledger;

import io.thalweg.bench.peer.PeerServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A PostgreSQL server of its own, from the programs that Debian installs, on the loopback, flushing every commit. */
public final class PostgresProcess implements AutoCloseable {
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

    private final PeerServer server;
    private final int port;

    private PostgresProcess(PeerServer server, int port) {
        this.server = server;
        this.port = port;
    }

    /** Where the newest installed server's programs are; empty when none is installed. */
    public static Optional<Path> programs() throws IOException {
        if (!Files.isDirectory(DEBIAN)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.filter(version -> Files.isExecutable(version.resolve("bin/initdb")))
                    .max(Comparator.comparingInt(version -> Integer.parseInt(String.valueOf(version.getFileName()))))
                    .map(version -> version.resolve("bin"));
        }
    }

    /** Makes a fresh cluster in {@code folder} and waits until it serves. */
    public static PostgresProcess start(Path programs, Path folder) throws IOException, InterruptedException {
        Path data = folder.resolve("data");
        Path log = folder.resolve("postgres.log");
        if (isRoot()) {
            // The server refuses to run as root: the package's own user runs it, who must reach the folder.
            run(log, List.of("chown", "postgres", folder.toString()));
        }
        run(
                log,
                asUser(List.of(
                        programs.resolve("initdb").toString(),
                        "--auth=trust",
                        "--username=bench",
                        "--encoding=UTF8",
                        "--pgdata",
                        data.toString())));
        int port = PeerServer.freePort();
        ProcessBuilder command = new ProcessBuilder(asUser(List.of(
                        programs.resolve("postgres").toString(),
                        "-D",
                        data.toString(),
                        "-p",
                        String.valueOf(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "shared_buffers=1GB",
                        "-c",
                        "max_wal_size=8GB")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        return new PostgresProcess(PeerServer.start("PostgreSQL", command, port, log), port);
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static List<String> asUser(List<String> command) {
        if (!isRoot()) {
            return command;
        }
        List<String> all =
                new ArrayList<>(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
        all.addAll(command);
        return all;
    }

    private static void run(Path log, List<String> command) throws IOException, InterruptedException {
        int code = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException(command + " ended with " + code + "; see " + log);
        }
    }

    /** Where its clients find it. */
    public String address() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=bench&reWriteBatchedInserts=true";
    }

    @Override
    public void close() {
        server.close();
    }
}
