package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.directory.Directory;
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
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.peer.Hop;
import io.thalweg.server.routing.Elsewhere;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A call that another node is to answer, none of which does yet. */
final class BegunAgainTest {
    private static final long TIMEOUT_MS = 60_000;

    private final List<Duration> left = new CopyOnWriteArrayList<>();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private volatile boolean letIn;
    private volatile boolean waits = true;
    private volatile int refusals = 2;

    @TempDir
    private Path folder = Path.of("");

    private void answer(Call call) {
        left.add(call.left());
        if (left.size() > refusals) {
            call.reply(200, "text/plain", new byte[0]);
            return;
        }
        ThalwegException refusal = new ThalwegException(ErrorCode.UNAVAILABLE, "nobody leads");
        throw waits
                ? new Elsewhere(1, refusal, System.nanoTime() + left.getLast().toNanos())
                : new Elsewhere(1, refusal);
    }

    /** Nobody takes anything. */
    private final Detour detour = new Detour() {
        @Override
        public void arrived(Call call) {
            // It is here.
        }

        @Override
        public boolean isLetIn(Call call) {
            return letIn;
        }

        @Override
        public boolean taken(Call call) {
            return false;
        }

        @Override
        public void take(Call call, Elsewhere missing) {
            throw missing;
        }

        @Override
        public List<Integer> others(Call call, int shard, IntPredicate isEnough) {
            return List.of();
        }

        @Override
        public Optional<byte[]> ask(Call call, int shard, String target, long untilNs) {
            return Optional.empty();
        }
    };

    @BeforeEach
    void sign() throws Exception {
        SigningKey.create(folder.resolve(SigningKeys.SIGNS));
    }

    private HttpResponse<String> ask(String... headers) throws Exception {
        Authenticator authenticator = new Authenticator(
                () -> Directory.EMPTY,
                new Tokens(new SigningKeys(folder, System::nanoTime), InstantSource.system()),
                new Passwords(),
                SecretHash.ofSecret("operator"),
                InstantSource.system(),
                () -> true);
        ServerSocketChannel listening =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        try (HttpDoor door = HttpDoor.open(
                        listening,
                        HttpDoor.Options.open(null, 10, List.of()),
                        List.of(Route.get("/asked")
                                .by(Access.OPEN)
                                .named("ask", "test", "Ask.")
                                .within(Duration.ofMillis(TIMEOUT_MS))
                                .answers(200, "Answered.")
                                .to(this::answer)),
                        authenticator,
                        new RateLimits(),
                        new NodeMemory(1 << 20),
                        new HttpMeters(registry),
                        new Damages(registry),
                        detour,
                        _ -> {});
                HttpClient http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1) // which leaves nothing open that the door waits for
                        .build()) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + door.port() + "/asked"));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return http.send(request.build(), BodyHandlers.ofString());
        }
    }

    @Test
    void itBeginsAgainInTheTimeThatItHas() throws Exception {
        assertThat(ask().statusCode()).isEqualTo(200);
        assertThat(left).hasSize(3).isSortedAccordingTo((one, other) -> other.compareTo(one));
        assertThat(left.getLast()).isLessThan(Duration.ofMillis(TIMEOUT_MS));
    }

    @Test
    void whoeverHasPassedItOnBeginsItAgain() throws Exception {
        letIn = true;
        HttpResponse<String> refused = ask(Hop.WITHIN, "700");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue(Hop.AGAIN)).isPresent();
        assertThat(left).hasSize(1);
        assertThat(left.getFirst()).isLessThanOrEqualTo(Duration.ofMillis(700));
    }

    @Test
    void itEndsWithItsTimeAndAStrangerDoesNotSayHowMuchThatIs() throws Exception {
        refusals = Integer.MAX_VALUE;
        letIn = true;
        assertThat(ask(Hop.WITHIN, "0").statusCode()).isEqualTo(503);
        assertThat(left.getFirst()).isZero();
        letIn = false;
        waits = false;
        HttpResponse<String> refused = ask(Hop.WITHIN, "0");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue(Hop.AGAIN)).isEmpty();
        assertThat(left).as("one that does not wait is begun once").hasSize(2);
        assertThat(left.getLast()).isEqualTo(Duration.ofMillis(TIMEOUT_MS));
    }
}
