package io.thalweg.bench.etcd;

import io.thalweg.bench.load.HttpConnection;
import io.thalweg.bench.peer.PeerServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Three members of etcd that are one cluster, each a process on the loopback. Each forces what it is told; an answer means that two have. */
public final class EtcdServers implements AutoCloseable {
    private static final int TIMEOUT_MS = 30_000;
    private static final Duration ELECTION = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Member> members;
    private final List<PeerServer> servers;

    private record Member(String name, int port, int peerPort) {
        String url() {
            return "http://127.0.0.1:" + port;
        }

        String peer() {
            return "http://127.0.0.1:" + peerPort;
        }
    }

    private EtcdServers(List<Member> members, List<PeerServer> servers) {
        this.members = members;
        this.servers = servers;
    }

    /** The program's file; none when the machine does not have it. */
    public static Optional<Path> program() {
        return PeerServer.program("etcd");
    }

    /** Starts one member that is alone. */
    public static PeerServer alone(Path program, Path folder, int port) throws IOException, InterruptedException {
        Member member = new Member("default", port, PeerServer.freePort());
        return start(program, folder, member, List.of(member));
    }

    /** Starts three, each in a folder of its own. */
    public static EtcdServers startThree(Path program, Path folder) throws IOException, InterruptedException {
        List<Member> members = new ArrayList<>();
        for (String name : List.of("one", "two", "three")) {
            members.add(new Member(name, PeerServer.freePort(), PeerServer.freePort()));
        }
        List<PeerServer.Starter<PeerServer>> starters = new ArrayList<>();
        for (Member member : members) {
            starters.add(() -> start(program, folder.resolve(member.name), member, members));
        }
        return new EtcdServers(members, PeerServer.together(starters));
    }

    private static PeerServer start(Path program, Path folder, Member member, List<Member> all)
            throws IOException, InterruptedException {
        Path log = Files.createDirectories(folder).resolve("etcd.log");
        ProcessBuilder command = new ProcessBuilder(
                program.toString(),
                "--name",
                member.name,
                "--data-dir",
                folder.resolve("etcd").toString(),
                "--listen-client-urls",
                member.url(),
                "--advertise-client-urls",
                member.url(),
                "--listen-peer-urls",
                member.peer(),
                "--initial-advertise-peer-urls",
                member.peer(),
                "--initial-cluster",
                all.stream().map(each -> each.name + "=" + each.peer()).collect(Collectors.joining(",")));
        return PeerServer.start(
                "etcd", command.redirectErrorStream(true).redirectOutput(log.toFile()), member.port, log);
    }

    /** Where the member listens that leads; waits until one does. */
    public String leader() throws IOException {
        for (long sinceNs = System.nanoTime(); System.nanoTime() - sinceNs < ELECTION.toNanos(); ) {
            for (Member member : members) {
                JsonNode status = status(member.url());
                String own = status.path("header").path("member_id").asString("");
                if (status.path("leader").asString("none").equals(own)) {
                    return member.url();
                }
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while etcd elected a leader", e);
            }
        }
        throw new IOException("no member of etcd leads after " + ELECTION);
    }

    private static JsonNode status(String url) throws IOException {
        try (HttpConnection connection = new HttpConnection(URI.create(url), TIMEOUT_MS)) {
            return JSON.readTree(connection
                    .exchange(connection.request(
                            "POST",
                            "/v3/maintenance/status",
                            "Content-Type: application/json\r\n",
                            "{}".getBytes(StandardCharsets.US_ASCII)))
                    .body());
        }
    }

    /** CPU time of all members so far. */
    public Duration cpu() {
        return servers.stream().map(PeerServer::cpu).reduce(Duration.ZERO, Duration::plus);
    }

    @Override
    public void close() {
        servers.forEach(PeerServer::close);
    }
}
