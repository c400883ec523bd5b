package io.thalweg.server.http.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.datastore.NodeStatus;
import io.thalweg.directory.Directory;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Passwords;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.auth.SigningKey;
import io.thalweg.server.auth.SigningKeys;
import io.thalweg.server.auth.Tokens;
import io.thalweg.server.data.Damages;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HttpDoor;
import io.thalweg.server.http.HttpMeters;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.peer.Hop;
import io.thalweg.server.peer.PeerStatus;
import io.thalweg.server.peer.PeerWatch;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Elsewhere;
import io.thalweg.shard.machine.LedgerRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A call that is for other nodes, of which some hang, and some say that it is to be asked again. */
@Timeout(60)
final class PassedCallsTest {
    private static final int SHARD = 1;

    private final Other two = new Other("n2");
    private final Other three = new Other("n3");
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile String leader = "n2";
    private volatile Runnable hears = () -> {};
    private volatile Supplier<RuntimeException> missing = () -> new Elsewhere(SHARD);
    private volatile List<String> targets = List.of();

    @TempDir
    private Path folder = Path.of("");

    /** Another node, which answers with its name unless it is told otherwise. */
    private final class Other {
        private final String id;
        private final HttpServer server;
        private final List<Long> within = new CopyOnWriteArrayList<>();
        private volatile Runnable whenAsked = () -> {};
        private volatile boolean hangs;
        private volatile int again;

        private Other(String id) {
            this.id = id;
            try {
                server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", this::answer);
            server.start();
        }

        private void answer(HttpExchange exchange) throws IOException {
            String left = exchange.getRequestHeaders().getFirst(Hop.WITHIN);
            within.add(left == null ? Long.MAX_VALUE : Long.parseLong(left));
            whenAsked.run();
            if (hangs) {
                awaitTheEnd();
                return;
            }
            boolean refuses = within.size() <= again;
            if (refuses) {
                exchange.getResponseHeaders().add(Hop.AGAIN, "true");
            }
            byte[] name = id.getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(refuses ? 503 : 200, name.length);
            try (exchange) {
                exchange.getResponseBody().write(name);
            }
        }

        private ClusterNode node() {
            return PassedCallsTest.node(id, server.getAddress().getPort());
        }
    }

    private void awaitTheEnd() {
        try {
            assertThat(over.await(1, TimeUnit.HOURS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ClusterNode node(String id, int port) {
        return new ClusterNode(id, "127.0.0.1", 1, URI.create("http://127.0.0.1:" + port), Optional.empty());
    }

    private PeerStatus status(String id) {
        String role = id.equals(leader) ? "primary" : "secondary";
        return new PeerStatus(
                id,
                NodeStatus.HEALTHY,
                "0.1",
                Map.of(),
                List.of(new PeerStatus.Replica(SHARD, role, "1", null, null)),
                Map.of(),
                List.of(),
                false,
                null);
    }

    @BeforeEach
    void sign() throws Exception {
        SigningKey.create(folder.resolve(SigningKeys.SIGNS));
    }

    @AfterEach
    void stop() {
        over.countDown();
        two.server.stop(0);
        three.server.stop(0);
    }

    /** What this node does with a call: it asks others in its name, or all of it is theirs. */
    private void answer(Call call) throws InterruptedException {
        if (targets.isEmpty()) {
            throw missing.get();
        }
        long untilNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        List<String> said = new ArrayList<>();
        for (String target : targets) {
            said.add(call.ask(SHARD, target, untilNs)
                    .map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
                    .orElse("nobody"));
        }
        call.reply(200, "text/plain", String.join(" ", said).getBytes(StandardCharsets.US_ASCII));
    }

    private PassedCalls passed(PeerWatch watch, Supplier<ClusterNodes> nodes) throws IOException {
        Administration administration = new Administration(
                new DirectoryClient(_ -> new CompletableFuture<>()),
                new DirectoryMachine(LedgerRegistry.NONE),
                Administration.Others.NONE);
        return PassedCalls.open(nodes, "n1", List.of(), watch, administration, "key", Optional.empty());
    }

    private HttpResponse<String> ask(String query) throws Exception {
        Authenticator authenticator = new Authenticator(
                () -> Directory.EMPTY,
                new Tokens(new SigningKeys(folder, System::nanoTime), InstantSource.system()),
                new Passwords(),
                SecretHash.ofSecret("operator"),
                InstantSource.system(),
                () -> true);
        ServerSocketChannel listening =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        ClusterNodes nodes =
                new ClusterNodes(new UUID(1, 1), Arrays.asList(node("n1", 1), two.node(), three.node()), 3);
        PeerWatch watch =
                new PeerWatch(() -> nodes, "n1", node -> CompletableFuture.completedFuture(status(node.id())), () -> 0);
        watch.step();
        hears = watch::step;
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (PassedCalls passed = passed(watch, () -> nodes);
                HttpDoor door = HttpDoor.open(
                        listening,
                        HttpDoor.Options.open(null, 10, List.of()),
                        List.of(Route.get("/asked")
                                .by(Access.OPEN)
                                .named("ask", "test", "Ask.")
                                .query("timeout", Shape.integer(0, 120_000).orElse(30_000), "Longest wait.")
                                .replicasMayAnswer()
                                .answers(200, "Answered.")
                                .to(this::answer)),
                        authenticator,
                        new RateLimits(),
                        new NodeMemory(1 << 20),
                        new HttpMeters(registry),
                        new Damages(registry),
                        passed,
                        _ -> {});
                HttpClient http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1) // which leaves nothing open that the door waits for
                        .build()) {
            URI uri = URI.create("http://127.0.0.1:" + door.port() + "/asked" + query);
            return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        }
    }

    @Test
    void whoHangsHasLittleMoreThanTheCallsTimeAndThenTheNextIsAsked() throws Exception {
        two.hangs = true;
        HttpResponse<String> answer = ask("?timeout=100");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("n3");
        assertThat(two.within).singleElement().matches(ms -> ms <= 100);
        assertThat(three.within).containsExactly(0L);
    }

    @Test
    void nobodyWaitsForOneThatLeadsNoMore() throws Exception {
        two.hangs = true;
        two.whenAsked = () -> {
            leader = "n3";
            hears.run();
        };
        long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        missing =
                () -> new Elsewhere(SHARD, new ThalwegException(ErrorCode.UNAVAILABLE, "it is led elsewhere"), untilNs);
        HttpResponse<String> answer = ask("");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("n3");
    }

    @Test
    void aCallIsBegunAgainForAsLongAsItSaysThatItHas() throws Exception {
        two.again = 4;
        three.again = 4;
        assertThat(ask("").body()).isEqualTo("n2");
        assertThat(two.within).hasSize(5).allMatch(ms -> ms <= 30_000);
        two.again = Integer.MAX_VALUE;
        three.again = Integer.MAX_VALUE;
        two.within.clear();
        HttpResponse<String> refused = ask("?timeout=200");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue(Hop.AGAIN)).isEmpty();
        assertThat(two.within).isNotEmpty().allMatch(ms -> ms <= 200);
    }

    @Test
    void ofSeveralThatHaveTheSameOneThatHangsDoesNotTakeAllTheTime() throws Exception {
        two.hangs = true;
        targets = List.of("/one", "/other");
        assertThat(ask("").body()).isEqualTo("n3 n3");
        assertThat(two.within)
                .as("who did not answer is asked last from then on")
                .hasSize(1);
    }
}
