package io.thalweg.server;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.directory.SecretHash;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.memo.slab.SlabOptions;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.clock.SlewingClock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.auth.Passwords;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.auth.Tokens;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.Tls;
import io.thalweg.server.data.DataDirectory;
import io.thalweg.server.data.Failures;
import io.thalweg.server.duties.Duties;
import io.thalweg.server.duties.Duty;
import io.thalweg.server.duties.PlacementDuty;
import io.thalweg.server.duties.RetentionSweep;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.http.HttpDoor;
import io.thalweg.server.http.HttpMeters;
import io.thalweg.server.http.PemFiles;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.api.Api;
import io.thalweg.server.http.ledgers.LedgerResource;
import io.thalweg.server.http.logs.EventMeters;
import io.thalweg.server.http.logs.LogResource;
import io.thalweg.server.http.objects.ObjectResource;
import io.thalweg.server.http.tenants.TenantResource;
import io.thalweg.server.http.views.ViewResource;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.metrics.NodeMeters;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Ledgers;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.slab.NodeSlab;
import io.thalweg.server.views.Components;
import io.thalweg.server.views.DeadLetterLog;
import io.thalweg.server.views.Deployment;
import io.thalweg.server.views.LedgerEvents;
import io.thalweg.server.views.Skipping;
import io.thalweg.server.views.ViewKeeper;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.ledger.ExpiryPulse;
import io.thalweg.view.HostThreads;
import io.thalweg.view.ViewHost;
import io.thalweg.view.ViewHostOptions;
import io.thalweg.view.ViewPorts;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.wasm.WasmMode;
import io.thalweg.view.wasm.WasmPrograms;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
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

    /** How late a ledger's port may open after its ledger was made. */
    private static final Duration LEDGER_PORTS_EVERY = Duration.ofSeconds(1);

    private static final Duration EXPIRY_EVERY = Duration.ofMillis(ExpiryPulse.STEP_MS);

    private final NodeOptions options;
    private final OpenParts parts = new OpenParts();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final String operatorKey;
    private final Administration administration;
    private final Shards shards;
    private final NodeSlab slab;
    private final LedgerPorts ledgerPorts;
    private final Duties duties;
    private final HttpDoor door;
    private final List<Route> routes;
    private volatile boolean stopping;

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
            DataDirectory held = parts.opened("data directory", DataDirectory.hold(data));
            NodeSecrets.Found foundSecrets = NodeSecrets.read(data.resolve("secrets"));

            Disk disk = held.disk();
            Clock clock = new SlewingClock(Clock.system(), LOG::warn);
            ShardSet set = parts.opened("shards", ShardSet.open(options, disk, clock));
            NodeSecrets secrets = foundSecrets.complete();
            operatorKey = secrets.operatorKey();
            Ledgers ledgers = new Ledgers(set.all());
            shards = new Shards(
                    set.all(),
                    set.directory()::current,
                    new LedgerEvents.Finder(set.directory()::current, ledgers)::find);
            DirectoryClient client = new DirectoryClient(set.all().getFirst().shard()::submit);
            administration = new Administration(client, set.directory());

            Components components = new Components(shards);
            ViewKeeper keeper = new ViewKeeper(administration, components, loader(options.compiled()));
            ViewHost views = parts.opened("views", openViews(data.resolve("views"), disk, clock, keeper));
            keeper.start(views);
            parts.opened("view keeper", keeper);
            UsageMeter usage =
                    parts.opened("usage meter", new UsageMeter(administration, client, shards, views, clock));

            slab = parts.opened(
                    "slab", NodeSlab.open(data.resolve("slab"), disk, clock, (_, _) -> false, SlabOptions.DEFAULT));

            PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            NodeMeters.bind(registry, shards.hosted(), views, administration);
            Passwords passwords = new Passwords();
            Authenticator authenticator = new Authenticator(
                    set.directory()::current,
                    new Tokens(secrets.signingKey(), InstantSource.system()),
                    passwords,
                    SecretHash.ofSecret(operatorKey),
                    InstantSource.system());
            // In the mode in which it will run: what is answered is what the host will find.
            Deployment deployment =
                    new Deployment(administration, shards, keeper, components, loader(options.compiled()));
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
                    new LedgerResource(administration, shards, ledgers, usage, authenticator, () -> stopping),
                    new ViewResource(administration, views, keeper, deployment, skipping, usage, registry),
                    new ObjectResource(slab),
                    registry,
                    this::notReady);
            ledgerPorts = parts.opened("ledger ports", new LedgerPorts(administration, shards));
            PlacementDuty placement = new PlacementDuty(administration, client, shards);
            placement.openShards();
            duties = parts.opened("duties", Duties.begin(duties(usage, placement, views, clock)));
            door = parts.opened("http", openHttp(authenticator, registry));
            ledgerPorts.open(options.ledgerPorts());
            held.tighten();
            Gauge.builder("thalweg.node.up", () -> 1)
                    .description("1 while the node serves")
                    .register(registry);
        } catch (InterruptedException e) {
            parts.close();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the node was interrupted while it started");
        } catch (IOException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    private static Function<byte[], ViewProgram> loader(boolean compiled) {
        WasmMode mode = compiled ? WasmMode.COMPILED : WasmMode.INTERPRETED;
        return component -> WasmPrograms.load(component, mode);
    }

    private ViewHost openViews(Path place, Disk disk, Clock clock, ViewKeeper keeper) {
        ViewHostOptions options = ViewHostOptions.in(place);
        return ViewHost.open(
                options,
                new ViewPorts(
                        disk,
                        clock,
                        HostThreads.start(options),
                        shards::events,
                        new DeadLetterLog(administration, shards),
                        keeper));
    }

    private List<Duty> duties(UsageMeter usage, PlacementDuty placement, ViewHost views, Clock clock) {
        List<Duty> all = new ArrayList<>();
        all.add(new Duty("usage meter", UsageMeter.EVERY, Duty.always(), usage::step));
        all.add(new Duty("placement", Duration.ZERO, Duty.always(), placement::step));
        all.add(new Duty("ledger ports", LEDGER_PORTS_EVERY, Duty.always(), ledgerPorts::openWaiting));
        for (HostedShard home : shards.hosted()) {
            BooleanSupplier leads = Duty.leads(home.shard());
            RetentionSweep retention = new RetentionSweep(administration, home, views::neededFrom, clock);
            all.add(new Duty("retention of shard " + home.number(), RetentionSweep.EVERY, leads, retention::sweep));
            ExpiryPulse expiry = new ExpiryPulse(home.shard(), home.ledgers(), clock);
            all.add(new Duty("expiry of shard " + home.number(), EXPIRY_EVERY, leads, expiry::step));
        }
        return all;
    }

    private HttpDoor openHttp(Authenticator authenticator, MeterRegistry registry) throws IOException {
        Tls pem = options.tls();
        SSLContext tls = pem == null ? null : PemFiles.context(pem.certificate(), pem.key());
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getByName(options.httpHost()), options.httpPort());
        HttpDoor opened = HttpDoor.open(
                new HttpDoor.Options(address, tls, options.connectionsMax(), options.cors()),
                routes,
                authenticator,
                new RateLimits(),
                new NodeMemory(options.bodyMemoryBytes()),
                new HttpMeters(registry));
        if (tls == null && !address.getAddress().isLoopbackAddress()) {
            LOG.warn(
                    "{} is plain HTTP on an address that others reach: keys and events can be read on the way",
                    HttpDoor.url(false, options.httpHost(), opened.port()));
        }
        return opened;
    }

    /**
     * Opens a ledger, which must exist, to clients of the wire protocol.
     *
     * @return where they reach it, e.g. {@code 127.0.0.1:3000}
     */
    String openLedger(LedgerPort port) throws IOException {
        return ledgerPorts.open(port);
    }

    /** Why requests cannot be served at the moment; empty when they can. */
    public Optional<String> notReady() {
        if (stopping) {
            return Optional.of("the node is stopping");
        }
        Optional<Throwable> unwell = duties.failure();
        if (unwell.isPresent()) {
            return Optional.of("a duty of the node has ended: " + Failures.withoutPaths(unwell.get()));
        }
        Optional<Throwable> halted = slab.failure();
        if (halted.isPresent()) {
            return Optional.of("the slab has halted: " + Failures.withoutPaths(halted.get()));
        }
        for (HostedShard home : shards.hosted()) {
            Optional<Throwable> failure = home.shard().failure();
            if (failure.isPresent()) {
                return Optional.of("shard " + home.number() + " has halted: " + Failures.withoutPaths(failure.get()));
            }
            if (home.shard().role() != Consensus.Role.LEADER) {
                return Optional.of("shard " + home.number() + " has no leader here: this node is "
                        + home.shard().role());
            }
        }
        return Optional.empty();
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

    /** The shards of this node. */
    Shards shards() {
        return shards;
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
        parts.close();
        closed.countDown();
    }
}
