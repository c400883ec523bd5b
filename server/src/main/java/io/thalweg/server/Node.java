package io.thalweg.server;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.cluster.action.Actions;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.agent.AgentDoor;
import io.thalweg.server.agent.Erasures;
import io.thalweg.server.agent.NodeActions;
import io.thalweg.server.agent.NodeDatastore;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Passwords;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.auth.SigningKeys;
import io.thalweg.server.auth.Tokens;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.config.Membership;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.Tls;
import io.thalweg.server.data.Damages;
import io.thalweg.server.data.DiskSpace;
import io.thalweg.server.data.Recovery;
import io.thalweg.server.duties.Duties;
import io.thalweg.server.duties.Duty;
import io.thalweg.server.duties.LostNodes;
import io.thalweg.server.duties.NodesDuty;
import io.thalweg.server.duties.PlacementDuty;
import io.thalweg.server.duties.Scrub;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.http.Detour;
import io.thalweg.server.http.HttpDoor;
import io.thalweg.server.http.HttpMeters;
import io.thalweg.server.http.PemFiles;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.api.Api;
import io.thalweg.server.http.api.Readiness;
import io.thalweg.server.http.cluster.ClusterRoutes;
import io.thalweg.server.http.cluster.ErasureRoutes;
import io.thalweg.server.http.cluster.JoinCertificates;
import io.thalweg.server.http.cluster.JoinRoutes;
import io.thalweg.server.http.cluster.MoveRoutes;
import io.thalweg.server.http.javaviews.JavaViewRoutes;
import io.thalweg.server.http.ledgers.LedgerResource;
import io.thalweg.server.http.logs.EventMeters;
import io.thalweg.server.http.logs.LogResource;
import io.thalweg.server.http.logs.SessionDoor;
import io.thalweg.server.http.objects.ObjectResource;
import io.thalweg.server.http.tenants.TenantResource;
import io.thalweg.server.http.views.ViewResource;
import io.thalweg.server.javaviews.FullAcks;
import io.thalweg.server.javaviews.JavaDeployment;
import io.thalweg.server.javaviews.JavaViewQueries;
import io.thalweg.server.javaviews.JavaViews;
import io.thalweg.server.javaviews.ReplicaWire;
import io.thalweg.server.javaviews.live.LiveSelects;
import io.thalweg.server.memory.NodeMemory;
import io.thalweg.server.metrics.NodeMeters;
import io.thalweg.server.metrics.SlabMeters;
import io.thalweg.server.peer.NodeMoves;
import io.thalweg.server.peer.PeerStatus;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Ledgers;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.slab.Callers;
import io.thalweg.server.slab.NodeSlab;
import io.thalweg.server.slab.Ties;
import io.thalweg.server.views.Components;
import io.thalweg.server.views.Deployment;
import io.thalweg.server.views.Skipping;
import io.thalweg.server.views.ViewHosting;
import io.thalweg.server.views.ViewKeeper;
import io.thalweg.server.views.ViewReplicas;
import io.thalweg.server.views.WholeView;
import io.thalweg.view.host.ViewHost;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: everything that runs in the process, put together. Opening goes from the disk upwards, and the door opens last, so that
 * whoever is let in finds all of it; closing goes the other way. A node that cannot open closes what it opened and leaves
 * the data as it was.
 */
public final class Node implements Readiness, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    private final NodeOptions options;
    private final OpenParts parts = new OpenParts();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final String operatorKey;
    private final Administration administration;
    private final Shards shards;
    private final ShardSet shardSet;
    private final DiskSpace space;
    private final Damages damages;
    private final NodeSlab slab;
    private final Ties ties;
    private final LedgerPorts ledgerPorts;
    private final Duties duties;
    private final HttpDoor door;
    private volatile @Nullable AgentDoor agent;
    private volatile @Nullable HttpDoor metrics;

    /** Of a node of a cluster. */
    private volatile @Nullable Replicas replicas;

    private final List<Route> routes;
    private volatile boolean stopping;
    private volatile boolean beginsAgain;

    /**
     * Opens a node; when it returns, the node serves.
     *
     * @throws IOException also when another process has the data directory, or a file in it is not what it should be
     */
    public static Node start(NodeOptions options) throws IOException {
        return start(options, List.of());
    }

    /**
     * The same, and may end by itself to be started again ({@link #beginsAgain}).
     *
     * @param comebacks how often; the same for all starts of a process
     */
    public static Node start(NodeOptions options, Comebacks comebacks) throws IOException {
        try {
            return new Node(options, List.of(), comebacks);
        } catch (DirectoryAsideException e) {
            LOG.error("{}", e.getMessage(), e);
            return new Node(options, List.of(), comebacks);
        }
    }

    /**
     * The same, and takes addresses at which ledgers will be opened by {@link #openLedger}.
     *
     * @param later those addresses
     */
    static Node start(NodeOptions options, List<HostPort> later) throws IOException {
        return new Node(options, later, Comebacks.NONE);
    }

    private Node(NodeOptions options, List<HostPort> later, Comebacks comebacks) throws IOException {
        this.options = options;
        try {
            Path data = options.data();
            Ground ground = new Ground(options, later, comebacks, parts);
            Addresses addresses = ground.addresses;
            Clock clock = ground.clock;
            Optional<ClusterNodes> cluster = ground.cluster;
            Optional<Peers> peers = ground.peers;
            Optional<Supplier<ClusterNodes>> roster = ground.roster;
            ShardSet set = ground.set;
            Ledgers ledgers = ground.ledgers;
            DirectoryClient client = ground.client;
            space = ground.space;
            shards = ground.shards;
            administration = ground.administration;
            operatorKey = ground.secrets.operatorKey();

            Components components = new Components(shards);
            ViewReplicas viewReplicas =
                    peers.map(others -> others.views(options.id())).orElse(ViewReplicas.NONE);
            ViewKeeper keeper = new ViewKeeper(
                    administration, shards, components, ViewHosting.loader(options.compiled()), viewReplicas);
            ViewHost views = parts.opened(
                    "views",
                    ViewHosting.open(options, ground.disk, clock, shards, administration, keeper, peers.isPresent()));
            keeper.start(views);
            parts.opened("view keeper", keeper);
            UsageMeter usage = parts.opened(
                    "usage meter",
                    new UsageMeter(
                            administration,
                            client,
                            shards,
                            views,
                            clock,
                            set.serving().getFirst().shard()::timeNs));

            slab = parts.opened(
                    "slab",
                    NodeSlab.open(
                            data.resolve("slab"),
                            ground.held.slabDisk(),
                            clock,
                            ground.links,
                            options.slab().options(),
                            new Callers.OfDirectory(set.directory()::current)));

            JavaViews javaViews = new JavaViews(
                    administration,
                    shards,
                    components,
                    data.resolve("indexes"),
                    options.history(),
                    cluster.isEmpty() ? ReplicaWire.ALONE : peers.orElseThrow().replicas(options.id()));
            javaViews.start();
            parts.opened("java views", javaViews);

            PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            damages = new Damages(registry);
            Optional<Mending> mending = peers.map(
                    others -> new Mending(data, set.open(), others, options.id(), clock::monotonicNs, registry));
            mending.ifPresent(damages::tell);
            peers.map(Peers::ratis).ifPresent(ratis -> NodeMeters.bindCopies(registry, ratis));
            NodeMeters.bind(registry, data, space, shards.hosted(), views, administration);
            Tls pem = options.tls();
            if (pem != null) {
                NodeMeters.bindCertificate(registry, PemFiles.expires(pem.certificate()));
            }
            SlabMeters.bind(registry, slab);
            Passwords passwords = new Passwords();
            RateLimits rates = new RateLimits(
                    cluster.map(ClusterNodes::nodes).map(List::size).orElse(1), clock::monotonicNs);
            Authenticator authenticator = new Authenticator(
                    set.directory()::current,
                    new Tokens(new SigningKeys(data.resolve("secrets"), clock::monotonicNs), InstantSource.system()),
                    passwords,
                    SecretHash.ofSecret(operatorKey),
                    InstantSource.system(),
                    this::knowsDirectory);
            // In the mode in which it will run: what is answered is what the host will find.
            Deployment deployment =
                    new Deployment(administration, shards, keeper, components, ViewHosting.loader(options.compiled()));
            Skipping skipping = new Skipping(administration, shards, keeper, views);
            ties = new Ties(administration::directory, shards.hosted());
            NodeDatastore datastore = new NodeDatastore(
                    ground.identity,
                    options.membership(),
                    () -> set.directory().current().cluster(),
                    set.open(),
                    set.serving(),
                    this::lost,
                    this::unwell,
                    () -> stopping,
                    this::addresses,
                    slab::status);
            EventMeters events = new EventMeters(registry);
            NodeMemory memory = new NodeMemory(options.bodyMemoryBytes());
            SessionDoor sessions = new SessionDoor(authenticator, shards, events, rates, memory);
            shardSet = set;
            NodeMoves moves = new NodeMoves(
                    administration,
                    roster,
                    peers.map(Peers::watch),
                    options.id(),
                    set.open(),
                    shard -> peers.orElseThrow().membersOf(set.open(), shard));
            Scrub scrub = NodeDuties.scrub(options.scrub(), set, damages, registry);
            Actions actions = NodeActions.open(
                    data, clock, set.serving(), set.directory()::current, scrub, moves, slab, options.id(), roster);
            Erasures erasures = new Erasures(actions, clock);
            peers.ifPresent(others -> others.answers().erase(erasures));
            routes = Api.routes(
                    new TenantResource(administration, keeper, usage, authenticator, passwords, this::url),
                    new LogResource(
                            administration,
                            shards,
                            keeper,
                            usage,
                            authenticator,
                            events,
                            () -> stopping,
                            options.id(),
                            new FullAcks(javaViews, shards, this::knowsDirectory)),
                    new LedgerResource(administration, shards, ledgers, usage, authenticator, () -> stopping),
                    new ViewResource(
                            administration,
                            shards,
                            views,
                            keeper,
                            new WholeView.Lens(options.id(), shards, views, viewReplicas),
                            deployment,
                            skipping,
                            usage,
                            registry),
                    new ObjectResource(slab, authenticator, ties),
                    new ClusterRoutes(datastore, set.open(), roster, peers.map(Peers::road), shards, this::url),
                    new MoveRoutes(
                            moves,
                            new ErasureRoutes(erasures, administration, options.id(), roster, peers.map(Peers::road)),
                            new JoinRoutes(
                                    moves,
                                    ground.identity.cluster(),
                                    data.resolve("secrets"),
                                    cluster.map(ClusterNodes::replicas).orElse(1),
                                    JoinCertificates.of(options),
                                    ground.tls != null
                                            || new HostPort(options.httpHost(), options.httpPort()).isLoopback(),
                                    clock)),
                    new JavaViewRoutes(
                            administration,
                            new JavaDeployment(administration, shards, components, javaViews),
                            javaViews,
                            new JavaViewQueries(javaViews, shards),
                            new LiveSelects(javaViews, options.bodyMemoryBytes() / 2),
                            authenticator,
                            () -> stopping),
                    options.metrics() == null ? Optional.of(registry) : Optional.empty(),
                    this);
            ledgerPorts = parts.opened(
                    "ledger ports",
                    new LedgerPorts(
                            administration, shards, roster, peers.map(Peers::watch), addresses, clock, damages));
            peers.ifPresent(others -> others.answers()
                    .serve(
                            set.open(),
                            shard -> others.members(set.open(), shard),
                            shard -> others.membersByLeader(set.open(), shard),
                            administration,
                            javaViews,
                            views,
                            () -> PeerStatus.of(
                                            datastore.get(),
                                            set.open(),
                                            ledgerPorts.open(),
                                            Peers.use(rates, shards, administration))
                                    .withDiskFull(space.isFull())));
            PlacementDuty placement = new PlacementDuty(
                    administration,
                    client,
                    shards,
                    set.dataShards(),
                    known -> cluster.isEmpty()
                            || cluster.get()
                                    .mayHaveMore(known, options.membership().joins()));
            if (cluster.isEmpty()) {
                placement.openShards();
            }
            ShardDuties ofShards = new ShardDuties(administration, views, javaViews, slab, ties);
            duties = parts.opened(
                    "duties",
                    Duties.begin(NodeDuties.of(
                            usage,
                            placement,
                            cluster.map(nodes -> new NodesDuty(
                                    administration,
                                    client,
                                    nodes,
                                    options.id(),
                                    options.membership().labels(),
                                    set.dataShards(),
                                    () -> shards.leads(Bounds.DIRECTORY_SHARD),
                                    moves::answering)),
                            new LostNodes(
                                    data.resolve(Recovery.LOST),
                                    administration,
                                    client,
                                    () -> shards.leads(Bounds.DIRECTORY_SHARD)),
                            ledgerPorts,
                            actions,
                            peers,
                            rates,
                            NodeDuties.ofDisk(scrub, set, space, peers))));
            ReplicaUses uses =
                    new ReplicaUses(duties, ofShards, keeper, javaViews, ledgerPorts, administration, registry);
            shards.hosted().forEach(uses::beginDuties);
            peers.ifPresent(others -> {
                Replicas own = new Replicas(
                        options.id(),
                        () -> administration.directory().cluster(),
                        set,
                        others,
                        uses,
                        comebacks,
                        new NodeEnds(this::close, () -> beginsAgain = true));
                replicas = own;
                duties.begin("moves", own.duties(administration));
                Mending mends = mending.orElseThrow();
                duties.begin("mending", List.of(new Duty("mending", Mending.EVERY, Duty.always(), mends::step)));
            });
            door = parts.opened(
                    "http",
                    ClientDoor.open(
                            options,
                            addresses.hand(Addresses.HTTP, new HostPort(options.httpHost(), options.httpPort())),
                            ground.tls,
                            routes,
                            authenticator,
                            rates,
                            registry,
                            damages,
                            peers.isEmpty()
                                    ? Detour.NONE
                                    : parts.opened(
                                            "passed calls",
                                            peers.get().detour(options, shards, administration, ground.secrets)),
                            memory,
                            container -> {
                                ground.links.listen(container);
                                sessions.listen(container);
                            }));
            HostPort metricsAddress = options.metrics();
            if (metricsAddress != null) {
                metrics = parts.opened(
                        Addresses.METRICS,
                        MetricsDoor.open(
                                addresses.hand(Addresses.METRICS, metricsAddress),
                                registry,
                                authenticator,
                                damages,
                                new HttpMeters(registry),
                                this));
            }
            slab.join(
                    options.slab().address().isEmpty() ? url() : options.slab().address());
            openAgent(addresses, datastore, actions, roster, authenticator, clock);
            ledgerPorts.open(options.ledgerPorts());
            ground.held.tighten();
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

    private void openAgent(
            Addresses addresses,
            NodeDatastore datastore,
            Actions actions,
            Optional<Supplier<ClusterNodes>> roster,
            Authenticator authenticator,
            Clock clock)
            throws IOException {
        Membership membership = options.membership();
        if (membership.agent().isEmpty()) {
            return;
        }
        agent = parts.opened(
                "agent",
                AgentDoor.open(
                        addresses.hand(Addresses.AGENT, membership.agent().get()),
                        membership.agent().get(),
                        membership.tls(),
                        new AgentDoor.Subject(
                                datastore,
                                actions,
                                () -> roster.map(known -> known.get().nodes()).orElse(List.of()),
                                clock),
                        authenticator));
    }

    /** Where who finds this node. */
    private Map<String, String> addresses() {
        Map<String, String> addresses = new LinkedHashMap<>();
        addresses.put("client", URI.create(url()).getAuthority());
        agentUrl().ifPresent(open -> addresses.put("agent", open));
        return addresses;
    }

    /**
     * Opens a ledger, which must exist, to clients of the wire protocol.
     *
     * @return where they reach it, e.g. {@code 127.0.0.1:3000}
     */
    String openLedger(LedgerPort port) throws IOException {
        return ledgerPorts.open(port);
    }

    @Override
    public Optional<String> notReady() {
        if (stopping) {
            return Optional.of("the node is stopping");
        }
        return unwell().or(() -> Health.withoutLeader(shards.hosted()));
    }

    @Override
    public Optional<String> remark() {
        return Health.remark(shardSet.open(), shardSet.serving(), lost(), space);
    }

    /** What is wrong with this node. */
    private Optional<String> unwell() {
        return (options.membership().joins() || shardSet.directoryIsOld()) && !knowsDirectory()
                ? Optional.of("the node has not heard yet what the directory says")
                : Health.unwell(duties, slab, shards.hosted());
    }

    /** Shards that this node lost, and why they do not come back yet. */
    private SortedMap<Integer, String> lost() {
        Replicas own = replicas;
        return own == null ? Collections.emptySortedMap() : own.lost();
    }

    private boolean knowsDirectory() {
        Replicas own = replicas;
        return options.membership().cluster().isEmpty() || (own != null && own.directoryIsWhole());
    }

    /** Where clients reach the node, e.g. {@code http://127.0.0.1:4780}. */
    public String url() {
        return HttpDoor.url(door.secure(), options.httpHost(), door.port());
    }

    /** Where operators' tools reach it, e.g. {@code http://127.0.0.1:8000/}; empty when it has no agent. */
    public Optional<String> agentUrl() {
        return Optional.ofNullable(agent).map(AgentDoor::url);
    }

    /** Where the numbers are, e.g. {@code http://127.0.0.1:9464}; that of the door unless they have an address of their own. */
    public String metricsUrl() {
        HttpDoor own = metrics;
        HostPort address = options.metrics();
        return own == null || address == null ? url() : HttpDoor.url(false, address.host(), own.port());
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

    /** The slab of this node. */
    NodeSlab slab() {
        return slab;
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

    /** Whether the node closed, or closes, to be started again: its replica of the directory had halted. */
    public boolean beginsAgain() {
        return beginsAgain;
    }

    /** Stops serving, takes a last snapshot and closes everything. More than one call does no harm. */
    @Override
    public void close() {
        stopping = true;
        slab.farewell();
        parts.close();
        closed.countDown();
    }
}
