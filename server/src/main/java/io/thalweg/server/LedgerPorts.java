package io.thalweg.server;

import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Tenant;
import io.thalweg.model.TenantId;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.ledgerwire.LedgerBook;
import io.thalweg.server.ledgerwire.LedgerDoor;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Shards;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The addresses at which ledgers are open to clients of the wire protocol. Thread-safe. */
final class LedgerPorts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerPorts.class);

    private final Administration administration;
    private final Shards shards;
    private final OpenParts doors = new OpenParts();

    /** Ports that were configured and whose ledger is not there yet. */
    private final List<LedgerPort> waiting = new CopyOnWriteArrayList<>();

    LedgerPorts(Administration administration, Shards shards) {
        this.administration = administration;
        this.shards = shards;
    }

    /** Opens the ports whose ledger is there; the others wait for {@link #openWaiting}. */
    void open(List<LedgerPort> ports) throws IOException {
        for (LedgerPort port : ports) {
            if (isThere(port)) {
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

    /** Opens those whose ledger has come meanwhile. A port that cannot be opened is not tried again. */
    void openWaiting() {
        for (LedgerPort port : List.copyOf(waiting)) {
            if (isThere(port)) {
                waiting.remove(port);
                try {
                    String _ = open(port);
                } catch (IOException e) {
                    LOG.error("the port of ledger {} cannot be opened", port.ledger(), e);
                }
            }
        }
    }

    private boolean isThere(LedgerPort port) {
        return administration
                .directory()
                .tenant(port.tenant())
                .flatMap(tenant -> tenant.ledger(port.ledger()))
                .isPresent();
    }

    /**
     * Opens a ledger, which must exist.
     *
     * @return where clients reach it, e.g. {@code 127.0.0.1:3000}
     */
    String open(LedgerPort port) throws IOException {
        HostPort at = port.address();
        Tenant tenant = administration.directory().tenant(port.tenant()).orElseThrow();
        NamedLedger ledger = tenant.ledger(port.ledger()).orElseThrow();
        HostedShard home = shards.home(ledger);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(at.host()), at.port());
        LedgerDoor door = doors.opened(
                "ledger port",
                LedgerDoor.open(
                        new LedgerDoor.Options(address, port.clusterId(), 0, NodeLimits.LEDGER_PORT_BYTES),
                        new LedgerBook(
                                home.shard(),
                                home.ledgers(),
                                tenant.id(),
                                ledger.id(),
                                bytes -> hasRoom(tenant.id(), bytes))));
        if (!address.getAddress().isLoopbackAddress()) {
            LOG.warn(
                    "the ledger port of {} is open to whoever reaches {}: its protocol knows neither passwords nor"
                            + " encryption",
                    port.ledger(),
                    address);
        }
        return (at.host().contains(":") ? "[" + at.host() + "]" : at.host()) + ":" + door.port();
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
