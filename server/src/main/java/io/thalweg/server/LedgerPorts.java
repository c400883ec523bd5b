package io.thalweg.server;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Tenant;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.data.Damages;
import io.thalweg.server.ledgerwire.LedgerBook;
import io.thalweg.server.ledgerwire.LedgerDoor;
import io.thalweg.server.ledgerwire.LedgerRelay;
import io.thalweg.server.peer.PeerWatch;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Elsewhere;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Shards;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The addresses at which ledgers are open to clients of the wire protocol. Thread-safe. */
final class LedgerPorts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerPorts.class);

    /** Who calls at such a port. */
    static final String CLIENTS = "ledger clients";

    private final Administration administration;
    private final Shards shards;
    private final Optional<Supplier<ClusterNodes>> cluster;
    private final Optional<PeerWatch> watch;
    private final Addresses addresses;
    private final Clock clock;
    private final Damages damages;
    private final OpenParts doors = new OpenParts();

    /** By shard, what lets clients in to the ledgers of this node. */
    private final Map<Integer, List<Served>> byShard = new ConcurrentHashMap<>();

    /** Where the ledgers of this node are found, by {@code TENANT/LEDGER}. */
    private final Map<String, String> open = new ConcurrentHashMap<>();

    /** Ports that were configured and whose ledger is not there yet. */
    private final List<LedgerPort> waiting = new CopyOnWriteArrayList<>();

    /** Ports that closed when this node's replica did: they open where they were once it has one again. */
    private final List<LedgerPort> left = new CopyOnWriteArrayList<>();

    private record Served(LedgerPort port, LedgerDoor door) {}

    LedgerPorts(
            Administration administration,
            Shards shards,
            Optional<Supplier<ClusterNodes>> cluster,
            Optional<PeerWatch> watch,
            Addresses addresses,
            Clock clock,
            Damages damages) {
        this.administration = administration;
        this.shards = shards;
        this.cluster = cluster;
        this.watch = watch;
        this.addresses = addresses;
        this.clock = clock;
        this.damages = damages;
    }

    /** Opens the ports whose ledger is there; the others wait for {@link #openWaiting}. */
    void open(List<LedgerPort> ports) throws IOException {
        for (LedgerPort port : ports) {
            if (ledger(port).isPresent()) {
                String _ = open(port);
            } else {
                LOG.warn(
                        "there is no ledger {} of a tenant {} yet; its port opens when there is",
                        port.ledger(),
                        port.tenant());
                waiting.add(port);
            }
        }
    }

    /** Opens those whose ledger, or its replica, has come meanwhile. A port that cannot be opened is not tried again. */
    synchronized void openWaiting() {
        openDue(waiting, _ -> true);
        openDue(left, ledger -> shards.isHere(ledger.shard()));
    }

    private void openDue(List<LedgerPort> ports, Predicate<NamedLedger> condition) {
        for (LedgerPort port : List.copyOf(ports)) {
            if (ledger(port).filter(condition).isPresent()) {
                ports.remove(port);
                try {
                    String _ = open(port);
                } catch (Elsewhere _) {
                    left.add(port); // It has just gone.
                } catch (IOException e) {
                    LOG.error("the port of ledger {} cannot be opened", port.ledger(), e);
                }
            }
        }
    }

    private Optional<NamedLedger> ledger(LedgerPort port) {
        return administration.directory().tenant(port.tenant()).flatMap(tenant -> tenant.ledger(port.ledger()));
    }

    /**
     * Opens a ledger, which must exist.
     *
     * @return where clients reach it, e.g. {@code 127.0.0.1:3000}
     */
    synchronized String open(LedgerPort port) throws IOException {
        HostPort at = port.address();
        Tenant tenant = administration.directory().tenant(port.tenant()).orElseThrow();
        NamedLedger ledger = tenant.ledger(port.ledger()).orElseThrow();
        if (watch.isPresent() && !shards.isHere(ledger.shard())) {
            LedgerRelay relay = doors.opened(
                    "ledger relay", LedgerRelay.open(addresses.hand(CLIENTS, at), () -> found(port, ledger.shard())));
            return HostPort.text(at.host(), relay.port());
        }
        HostedShard home = shards.home(ledger);
        LedgerDoor door = doors.opened(
                "ledger port",
                LedgerDoor.open(
                        addresses.hand(CLIENTS, at),
                        new LedgerDoor.Options(port.clusterId(), 0, NodeLimits.LEDGER_PORT_BYTES),
                        new LedgerBook(
                                home.shard(),
                                home.ledgers(),
                                tenant.id(),
                                ledger.id(),
                                bytes -> hasRoom(tenant.id(), bytes),
                                view(home),
                                clock::wallNs,
                                damages)));
        if (!InetAddress.getByName(at.host()).isLoopbackAddress()) {
            LOG.warn(
                    "the ledger port of {} is open to whoever reaches {}: its protocol knows neither passwords nor"
                            + " encryption",
                    port.ledger(),
                    at);
        }
        String found = HostPort.text(at.host(), door.port());
        open.put(name(port), found);
        byShard.computeIfAbsent(ledger.shard(), _ -> new CopyOnWriteArrayList<>())
                .add(new Served(port, door));
        return found;
    }

    private static String name(LedgerPort port) {
        return port.tenant() + "/" + port.ledger();
    }

    /**
     * Closes the ports of the ledgers of a shard whose replica here goes: their clients go to the other nodes. Should one come here again, {@link #openWaiting}
     * opens them.
     */
    synchronized void close(int shard) {
        List<Served> closing = byShard.remove(shard);
        for (Served served : closing == null ? List.<Served>of() : closing) {
            open.remove(name(served.port));
            doors.close(served.door);
            left.add(served.port);
        }
    }

    /** Where the ledgers of this node are found, by {@code TENANT/LEDGER}. */
    Map<String, String> open() {
        return Map.copyOf(open);
    }

    /** Another node's port of a ledger: that of the leader, if it has one. */
    private Optional<InetSocketAddress> found(LedgerPort port, int shard) {
        PeerWatch others = watch.orElseThrow();
        List<ClusterNode> holders = new ArrayList<>(cluster.orElseThrow().get().holders(shard));
        Optional<String> leader = others.leader(shard);
        holders.sort(Comparator.comparing(
                (ClusterNode node) -> leader.filter(node.id()::equals).isEmpty()));
        for (ClusterNode node : holders) {
            Optional<HostPort> at = others.status(node.id())
                    .map(status -> status.ledgers().get(name(port)))
                    .map(text -> HostPort.parse("ledger of node " + node.id(), text));
            if (at.isPresent()) {
                boolean everywhere = at.get().isWildcard();
                return Optional.of(new InetSocketAddress(
                        everywhere ? node.peerHost() : at.get().host(), at.get().port()));
            }
        }
        return Optional.empty();
    }

    private IntSupplier view(HostedShard home) {
        return cluster.isEmpty() ? () -> 0 : new GroupView(cluster.get(), home.shard()::standing);
    }

    private boolean hasRoom(TenantId id, long bytes) {
        return administration
                .directory()
                .tenant(id)
                .filter(tenant -> shards.hasRoom(tenant, bytes))
                .isPresent();
    }

    @Override
    public void close() {
        doors.close();
    }
}
