package io.thalweg.server;

import io.thalweg.cluster.ClusterNodes;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.clock.SlewingClock;
import io.thalweg.ports.disk.TrialDisk;
import io.thalweg.server.auth.NodeSecrets;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.Tls;
import io.thalweg.server.data.DataDirectory;
import io.thalweg.server.data.DiskSpace;
import io.thalweg.server.data.Identity;
import io.thalweg.server.http.PemFiles;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Ledgers;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.slab.LinkOptions;
import io.thalweg.server.slab.NodeSlab;
import io.thalweg.server.slab.SlabLinks;
import io.thalweg.server.views.LedgerEvents;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a {@link Node} stands on: its folder, who it is, the other nodes, its shards, and the directory in the first of them. Clients do not reach any of it before the
 * node has its doors.
 *
 * <p>A start may still refuse, and leaves the data as they were then. Hence the order. The folder and the ports are taken before anything is read, so that no other process has them. What people
 * configured is read before anything is written: certificates, secrets. Who the node is, is known before its groups speak in its name. What is written goes to a disk on
 * trial until all shards are open and the slab's files are whole; secrets and the identity are made only then.
 */
final class Ground {
    private static final Logger LOG = LoggerFactory.getLogger(Ground.class);

    final DataDirectory held;
    final Addresses addresses;
    /** Of the door; null when it speaks without. */
    final @Nullable SSLContext tls;

    final SlabLinks links;
    final TrialDisk disk;
    final Clock clock;
    final DiskSpace space;

    /** As it is configured; empty for a node alone to which nobody may come. */
    final Optional<ClusterNodes> cluster;

    /** The others, where there is a cluster. */
    final Optional<Peers> peers;

    /** All nodes, as of each look. */
    final Optional<Supplier<ClusterNodes>> roster;

    final Identity identity;
    final NodeSecrets secrets;
    final ShardSet set;
    final Ledgers ledgers;
    final Shards shards;
    final DirectoryClient client;
    final Administration administration;

    /**
     * @param later addresses that are taken for ledgers
     * @param parts get what is opened, to close it
     */
    Ground(NodeOptions options, List<HostPort> later, Comebacks comebacks, OpenParts parts)
            throws IOException, InterruptedException {
        Path data = options.data();
        held = parts.opened("data directory", DataDirectory.hold(data));
        addresses = parts.opened("addresses", Addresses.of(options, later, comebacks.ports()));
        Tls pem = options.tls();
        tls = pem == null ? null : PemFiles.context(pem.certificate(), pem.key());
        NodeSecrets.Found found = NodeSecrets.read(data.resolve("secrets"));
        links = LinkOptions.links(options.slab());
        disk = held.disk();
        clock = new SlewingClock(Clock.system(), LOG::warn);
        disk.proveWith(NodeSlab.rehearsal(
                data.resolve("slab"), disk, clock, options.slab().options()));
        cluster = Identity.named(data, options.membership().cluster(), options.id());
        boolean beginsAlone = options.membership().beginsAlone();
        if (cluster.isPresent() && !beginsAlone) {
            var _ = found.shared();
        }
        peers = cluster.isEmpty()
                ? Optional.empty()
                : Optional.of(parts.opened("peers", Peers.open(options, cluster.get(), clock)));
        roster = peers.map(Peers::nodes);
        space = new DiskSpace(disk, data, options.diskFreeBytesMin());
        space.measure();
        set = parts.opened("shards", ShardSet.open(options, disk, clock, space, peers, comebacks));
        secrets = cluster.isEmpty() ? found.complete() : beginsAlone ? found.completeToShare() : found.shared();
        identity = Identity.of(data, cluster.map(ClusterNodes::clusterId), options.id());
        ledgers = new Ledgers(set.serving());
        shards = new Shards(
                set.serving(),
                set.directory()::current,
                new LedgerEvents.Finder(set.directory()::current, ledgers)::find,
                peers.map(Peers::remote).orElse(Shards.Remote.NONE));
        client = new DirectoryClient(set.serving().getFirst().shard()::submit);
        administration = new Administration(
                client,
                set.directory(),
                peers.<Administration.Others>map(others -> others::know).orElse(Administration.Others.NONE));
    }
}
