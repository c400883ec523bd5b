package io.thalweg.server;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.clock.SlewingClock;
import io.thalweg.ports.disk.TrialDisk;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.Passwords;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.auth.SigningKeys;
import io.thalweg.server.auth.Tokens;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.Tls;
import io.thalweg.server.data.Damages;
import io.thalweg.server.data.DataDirectory;
import io.thalweg.server.data.Failures;
import io.thalweg.server.http.Detour;
import io.thalweg.server.http.HttpDoor;
import io.thalweg.server.http.HttpMeters;
import io.thalweg.server.http.PemFiles;
import io.thalweg.server.http.api.Api;
import io.thalweg.server.http.objects.ObjectResource;
import io.thalweg.server.http.tenants.TokenRoutes;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.metrics.SlabMeters;
import io.thalweg.server.slab.Callers;
import io.thalweg.server.slab.LinkOptions;
import io.thalweg.server.slab.NodeSlab;
import io.thalweg.server.slab.SlabLinks;
import io.thalweg.server.slab.Ties;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A slab without shards: an edge node that serves the causal door and nothing else. It knows callers by what nodes that it is linked with
 * tell it, and goes on with that while it is cut off.
 */
public final class SlabNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SlabNode.class);

    private final NodeOptions options;
    private final OpenParts parts = new OpenParts();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final NodeSlab slab;
    private final SlabLinks links;
    private final HttpDoor door;
    private volatile boolean stopping;

    /**
     * Opens a slab; when it returns, the slab serves.
     *
     * @throws IOException also when another process has the data directory, or a file in it is not what it should be
     */
    public static SlabNode start(NodeOptions options) throws IOException {
        return new SlabNode(options);
    }

    private SlabNode(NodeOptions options) throws IOException {
        this.options = options;
        try {
            Path data = options.data();
            DataDirectory held = parts.opened("data directory", DataDirectory.hold(data));
            Addresses addresses = parts.opened("addresses", new Addresses(new KeptPorts()));
            HostPort http = new HostPort(options.httpHost(), options.httpPort());
            addresses.take("HTTP", http);
            Tls pem = options.tls();
            NodeSecrets.Found secrets = NodeSecrets.read(data.resolve("secrets"));
            links = LinkOptions.links(options.slab());
            TrialDisk disk = held.slabDisk();
            Callers.Heard callers = Callers.Heard.open(disk, data.resolve("callers"));
            Clock clock = new SlewingClock(Clock.system(), LOG::warn);
            slab = parts.opened(
                    "slab",
                    NodeSlab.open(
                            data.resolve("slab"),
                            disk,
                            clock,
                            links,
                            options.slab().options(),
                            callers));
            NodeSecrets own = secrets.complete();
            Authenticator authenticator = new Authenticator(
                    callers,
                    new Tokens(new SigningKeys(data.resolve("secrets"), clock::monotonicNs), InstantSource.system()),
                    new Passwords(),
                    SecretHash.ofSecret(own.operatorKey()),
                    InstantSource.system(),
                    // One that joins others is to hear from them who may call; until then nobody's key is wrong.
                    () -> options.slab().join().isEmpty() || callers.known() != null);
            PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            SlabMeters.bind(registry, slab);
            door = parts.opened(
                    "http",
                    HttpDoor.open(
                            addresses.hand("HTTP", http),
                            HttpDoor.Options.open(
                                    pem == null ? null : PemFiles.context(pem.certificate(), pem.key()),
                                    options.connectionsMax(),
                                    options.cors()),
                            Api.ofSlab(
                                    new TokenRoutes(authenticator),
                                    new ObjectResource(slab, authenticator, Ties.NONE),
                                    registry,
                                    this::notReady),
                            authenticator,
                            new RateLimits(),
                            new NodeMemory(options.bodyMemoryBytes()),
                            new HttpMeters(registry),
                            new Damages(registry),
                            Detour.NONE,
                            links::listen));
            slab.join(
                    options.slab().address().isEmpty() ? url() : options.slab().address());
            held.tighten();
        } catch (InterruptedException e) {
            parts.close();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the slab was interrupted while it started");
        } catch (IOException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    private Optional<String> notReady() {
        return stopping
                ? Optional.of("the slab is stopping")
                : slab.failure().map(halted -> "the slab has halted: " + Failures.withoutPaths(halted));
    }

    /** Where clients and other slabs reach it. */
    public String url() {
        return HttpDoor.url(door.secure(), options.httpHost(), door.port());
    }

    /** The slab itself. */
    public NodeSlab slab() {
        return slab;
    }

    /** Its ways to others. */
    public SlabLinks links() {
        return links;
    }

    /** The line for standard output that other programs wait for. */
    public String readyLine() {
        return "ready {\"id\":\"" + options.id() + "\",\"slab\":\"" + slab.id() + "\",\"http\":\"" + url() + "\"}";
    }

    /** Waits until somebody closes it. */
    public void awaitClose() throws InterruptedException {
        closed.await();
    }

    @Override
    public void close() {
        stopping = true;
        slab.farewell();
        parts.close();
        closed.countDown();
    }
}
