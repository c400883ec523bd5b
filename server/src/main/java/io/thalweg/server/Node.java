package io.thalweg.server;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.directory.DirectoryClient;
import io.thalweg.directory.DirectoryMachine;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.SecretHash;
import io.thalweg.directory.Tenant;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.BlockCache;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.raft.Member;
import io.thalweg.raft.RatisNode;
import io.thalweg.raft.RatisOptions;
import io.thalweg.raft.ShardGroup;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Passwords;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.auth.Secrets;
import io.thalweg.server.auth.SigningKey;
import io.thalweg.server.auth.Tokens;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.http.HttpDoor;
import io.thalweg.server.http.HttpMeters;
import io.thalweg.server.http.PemFiles;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.api.Api;
import io.thalweg.server.http.ledgers.LedgerResource;
import io.thalweg.server.http.logs.EventMeters;
import io.thalweg.server.http.logs.LogResource;
import io.thalweg.server.http.tenants.TenantResource;
import io.thalweg.server.http.views.ViewResource;
import io.thalweg.server.inside.Administration;
import io.thalweg.server.inside.Components;
import io.thalweg.server.inside.DeadLetterLog;
import io.thalweg.server.inside.Deployment;
import io.thalweg.server.inside.ExpiryClock;
import io.thalweg.server.inside.LedgerEvents;
import io.thalweg.server.inside.Ledgers;
import io.thalweg.server.inside.RetentionSweep;
import io.thalweg.server.inside.Shards;
import io.thalweg.server.inside.Skipping;
import io.thalweg.server.inside.UsageMeter;
import io.thalweg.server.inside.ViewKeeper;
import io.thalweg.server.ledgerwire.LedgerBook;
import io.thalweg.server.ledgerwire.LedgerDoor;
import io.thalweg.server.metrics.NodeMeters;
import io.thalweg.shard.BackgroundThreads;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.ExpiryPulse;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.view.ViewHost;
import io.thalweg.view.ViewHostOptions;
import io.thalweg.view.wasm.WasmMode;
import io.thalweg.view.wasm.WasmPrograms;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: everything that runs in the process, put together. Opening goes from the disk upwards, and the door opens last, so that
 * whoever is let in finds all of it; closing goes the other way. A node that cannot open closes what it opened and leaves
 * the data as it was.
 */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    /** Blocks of the ledgers' files in memory, all ledgers together; taken as it fills. */
    private static final long BLOCK_CACHE_BYTES = 256L << 20;

    /** Sessions of the ledger's wire protocol in each ledger. */
    private static final int LEDGER_SESSIONS_MAX = 10_000;

    /** What ledgers do beside applying: writing files, merging indexes. */
    private static final int LEDGER_THREADS = 2;

    /** Memory for requests and replies at one ledger port, all connections together. */
    private static final long LEDGER_BODY_BYTES = 256L << 20;

    private final NodeOptions options;
    private final Deque<Part> parts = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final String operatorKey;
    private final Administration administration;
    private final Shards shards;
    private final Shard shard;
    private final LedgerMachine ledgers;
    private final HttpDoor door;
    private final List<Route> routes;
    private volatile boolean stopping;

    /** Something that was opened, to be closed in reverse order. */
    private record Part(String name, AutoCloseable closing) {}

    /**
     * Opens a node; when it returns, the node serves.
     *
     * @throws IOException also when another process has the data directory, or a file in it is not what it should be
     */
    public static Node start(NodeOptions options) throws IOException {
        return new Node(options);
    }

    private Node(NodeOptions options) throws IOException {
        this.options = options;
        try {
            Path data = options.data();
            Files.createDirectories(data);
            opened("lock", DirectoryLock.take(data));
            SSLContext tls = options.tls() == null
                    ? null
                    : PemFiles.context(
                            options.tls().certificate(), options.tls().key());
            Path secrets = data.resolve("secrets");
            SecretFiles.createDirectory(secrets);
            SigningKey signingKey = SigningKey.open(secrets.resolve("jwt.pem"));
            operatorKey = operatorKey(secrets.resolve("operator.key"));

            FileDisk disk = new FileDisk();
            Clock clock = Clock.system();
            RatisNode ratis = opened("consensus", RatisNode.open(RatisOptions.alone(options.id())));
            Path place = data.resolve("shards").resolve("0");
            ShardGroup group = new ShardGroup(0, List.of(Member.alone(options.id())), place.resolve("raft"));
            // Closed after the shard, whose apply thread hands work to them.
            BlockCache blocks = opened("block cache", new BlockCache(BLOCK_CACHE_BYTES));
            ExecutorService ledgerWork = opened(
                    "ledger background",
                    Executors.newFixedThreadPool(LEDGER_THREADS, new BackgroundThreads("ledger-background-")));
            ledgers = new LedgerMachine(
                    disk, place.resolve("ledgers"), LedgerOptions.DEFAULT, blocks, ledgerWork, LEDGER_SESSIONS_MAX);
            DirectoryMachine directory = new DirectoryMachine(ledgers);
            shard = opened(
                    "shard 0",
                    Shard.open(ShardOptions.in(place), disk, clock, ratis.shard(group), List.of(directory, ledgers)));
            ExpiryClock expiry = opened("ledger expiry", new ExpiryClock(new ExpiryPulse(shard, ledgers, clock)));
            expiry.start();
            Ledgers books = new Ledgers(shard, ledgers);
            shards = new Shards(shard, books, new LedgerEvents.Finder(directory::current, books)::find);
            DirectoryClient client = new DirectoryClient(shard::submit);
            administration = new Administration(client, directory);

            WasmMode mode = options.compiled() ? WasmMode.COMPILED : WasmMode.INTERPRETED;
            Components components = new Components(shards);
            ViewKeeper keeper =
                    new ViewKeeper(administration, components, component -> WasmPrograms.load(component, mode));
            ViewHost views = opened(
                    "views",
                    ViewHost.open(
                            ViewHostOptions.in(data.resolve("views")),
                            disk,
                            InstantSource.system(),
                            shards::events,
                            new DeadLetterLog(administration, shards),
                            keeper));
            keeper.start(views);
            opened("view keeper", keeper);
            UsageMeter usage = opened("usage meter", new UsageMeter(administration, client, shards, views, clock));
            usage.start();
            RetentionSweep retention = opened("retention", new RetentionSweep(administration, shards, clock));
            retention.start();

            PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            NodeMeters.bind(registry, shard, views, administration);
            Passwords passwords = new Passwords();
            Authenticator authenticator = new Authenticator(
                    directory::current,
                    new Tokens(signingKey, InstantSource.system()),
                    passwords,
                    SecretHash.ofSecret(operatorKey),
                    InstantSource.system());
            Deployment deployment = new Deployment(
                    administration,
                    shards,
                    keeper,
                    components,
                    // Whether it can be a view is seen without compiling it; the host compiles it on its own thread.
                    component -> WasmPrograms.load(component, WasmMode.INTERPRETED));
            Skipping skipping = new Skipping(administration, shards, keeper, views);
            routes = Api.routes(
                    new TenantResource(administration, keeper, usage, authenticator, passwords, this::url),
                    new LogResource(
                            administration,
                            shards,
                            keeper,
                            usage,
                            authenticator,
                            new EventMeters(registry),
                            () -> stopping),
                    new LedgerResource(administration, shards, books, usage, authenticator, () -> stopping),
                    new ViewResource(administration, views, keeper, deployment, skipping, usage, registry),
                    registry,
                    this::notReady);
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByName(options.httpHost()), options.httpPort());
            door = opened(
                    "http",
                    HttpDoor.open(
                            new HttpDoor.Options(address, tls, options.connectionsMax(), options.bodyMemoryBytes()),
                            routes,
                            authenticator,
                            new RateLimits(),
                            new HttpMeters(registry)));
            if (tls == null && !address.getAddress().isLoopbackAddress()) {
                LOG.warn(
                        "{} is plain HTTP on an address that others reach: keys and events can be read on the way",
                        url());
            }
            for (LedgerPort port : options.ledgerPorts()) {
                if (!openIfThere(port)) {
                    LOG.warn(
                            "there is no ledger {} of a tenant {} yet; its port opens when there is",
                            port.ledger(),
                            port.tenant());
                    Thread.ofVirtual().name("ledger-port-waits").start(() -> openWhenThere(port));
                }
            }
            Gauge.builder("thalweg.node.up", () -> 1)
                    .description("1 while the node serves")
                    .register(registry);
        } catch (IOException | RuntimeException | Error e) {
            closeParts();
            throw e;
        }
    }

    private boolean openIfThere(LedgerPort port) throws IOException {
        return administration
                        .directory()
                        .tenant(port.tenant())
                        .flatMap(tenant -> tenant.ledger(port.ledger()))
                        .isPresent()
                && !openLedger(port).isEmpty();
    }

    private void openWhenThere(LedgerPort port) {
        try {
            do {
                Thread.sleep(1000);
            } while (!stopping && !openIfThere(port));
        } catch (IOException e) {
            LOG.error("the port of ledger {} cannot be opened", port.ledger(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Opens a ledger, which must exist, to clients of the wire protocol.
     *
     * @return where they reach it, e.g. {@code 127.0.0.1:3000}
     */
    String openLedger(LedgerPort port) throws IOException {
        HostPort at = port.address();
        Tenant tenant = administration.directory().tenant(port.tenant()).orElseThrow();
        NamedLedger ledger = tenant.ledger(port.ledger()).orElseThrow();
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(at.host()), at.port());
        LedgerDoor ledgerDoor = opened(
                "ledger port",
                LedgerDoor.open(
                        new LedgerDoor.Options(address, port.clusterId(), 0, LEDGER_BODY_BYTES),
                        new LedgerBook(
                                shard, ledgers, tenant.id(), ledger.id(), bytes -> hasRoom(tenant.id(), bytes))));
        if (!address.getAddress().isLoopbackAddress()) {
            LOG.warn(
                    "the ledger port of {} is open to whoever reaches {}: its protocol knows neither passwords nor"
                            + " encryption",
                    port.ledger(),
                    address);
        }
        return (at.host().contains(":") ? "[" + at.host() + "]" : at.host()) + ":" + ledgerDoor.port();
    }

    private boolean hasRoom(TenantId id, long bytes) {
        return administration
                .directory()
                .tenant(id)
                .filter(tenant -> shards.hasRoom(tenant, bytes))
                .isPresent();
    }

    private synchronized <T extends AutoCloseable> T opened(String name, T part) {
        parts.push(new Part(name, part));
        return part;
    }

    private static String operatorKey(Path file) throws IOException {
        if (!Files.exists(file)) {
            SecretFiles.write(file, Secrets.create(Secrets.OPERATOR_PREFIX) + "\n");
        }
        return SecretFiles.read(file).strip();
    }

    /** Why requests cannot be served at the moment; empty when they can. */
    public Optional<String> notReady() {
        if (stopping) {
            return Optional.of("the node is stopping");
        }
        Optional<Throwable> failure = shard.failure();
        if (failure.isPresent()) {
            String text = failure.get() instanceof ThalwegException refusal
                    ? String.valueOf(refusal.getMessage())
                    : failure.get().getClass().getSimpleName();
            return Optional.of("shard 0 has halted: " + text);
        }
        return shard.role() == Consensus.Role.LEADER
                ? Optional.empty()
                : Optional.of("shard 0 has no leader here: this node is " + shard.role());
    }

    /** Where clients reach the node, e.g. {@code http://127.0.0.1:4780}. */
    public String url() {
        return HttpDoor.url(door.secure(), options.httpHost(), door.port());
    }

    /** What opens the operator's endpoints; also in {@code DIR/secrets/operator.key}. */
    public String operatorKey() {
        return operatorKey;
    }

    public NodeOptions options() {
        return options;
    }

    /** The way to the directory, for what a node does for itself. */
    Administration administration() {
        return administration;
    }

    /** Every endpoint. */
    public List<Route> routes() {
        return routes;
    }

    /** Waits until somebody closes the node. */
    public void awaitClose() throws InterruptedException {
        closed.await();
    }

    /** Stops serving, takes a last snapshot and closes everything. More than one call does no harm. */
    @Override
    public void close() {
        stopping = true;
        closeParts();
        closed.countDown();
    }

    private synchronized void closeParts() {
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            try {
                part.closing.close();
            } catch (Exception e) {
                LOG.error("Closing {} failed", part.name, e);
            }
        }
    }
}
