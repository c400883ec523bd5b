package io.thalweg.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.cluster.action.Actions;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.config.ScrubSettings;
import io.thalweg.server.data.Damages;
import io.thalweg.server.data.DiskSpace;
import io.thalweg.server.duties.DiskDuty;
import io.thalweg.server.duties.Duty;
import io.thalweg.server.duties.LostNodes;
import io.thalweg.server.duties.NodesDuty;
import io.thalweg.server.duties.PlacementDuty;
import io.thalweg.server.duties.Scrub;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.peer.PeerPlaces;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a node does again and again for itself and its cluster, beside what it does for each shard. */
final class NodeDuties {
    /** How late a ledger's port may open after its ledger was made. */
    private static final Duration LEDGER_PORTS_EVERY = Duration.ofSeconds(1);

    /** How long the steps of operators' actions lie apart. */
    private static final Duration ACTIONS_EVERY = Duration.ofMillis(200);

    private NodeDuties() {}

    static List<Duty> of(
            UsageMeter usage,
            PlacementDuty placement,
            Optional<NodesDuty> nodes,
            LostNodes lost,
            LedgerPorts ledgerPorts,
            Actions actions,
            Optional<Peers> peers,
            RateLimits rates,
            List<Duty> ofDisk) {
        List<Duty> all = new ArrayList<>(ofDisk);
        peers.ifPresent(others -> {
            all.add(others.watching(rates));
            all.add(new Duty("peer places", PeerPlaces.EVERY, Duty.always(), others.places()::step));
        });
        all.add(new Duty("usage meter", UsageMeter.EVERY, Duty.always(), usage::step));
        all.add(new Duty("placement", Duration.ZERO, Duty.always(), placement::step));
        nodes.ifPresent(duty -> all.add(new Duty("nodes", NodesDuty.EVERY, Duty.always(), duty::step)));
        all.add(new Duty("lost nodes", LostNodes.EVERY, Duty.always(), lost::step));
        all.add(new Duty("ledger ports", LEDGER_PORTS_EVERY, Duty.always(), ledgerPorts::openWaiting));
        all.add(new Duty("operators' actions", ACTIONS_EVERY, Duty.always(), actions::step));
        return all;
    }

    /** Reads what lies still, and has wrong bytes mended. */
    static Scrub scrub(ScrubSettings settings, ShardSet shards, Damages damages, MeterRegistry registry) {
        return new Scrub(
                shards.open(),
                Duration.ofDays(settings.days()),
                settings.bytesPerSecondMax(),
                damage -> {
                    var _ = damages.heard(damage);
                },
                registry);
    }

    /** What looks after the node's files. */
    static List<Duty> ofDisk(Scrub scrub, ShardSet shards, DiskSpace space, Optional<Peers> peers) {
        List<Duty> all = new ArrayList<>();
        all.add(new Duty("scrub", Scrub.EVERY, Duty.always(), scrub::step));
        DiskDuty disk = new DiskDuty(
                space,
                shards.open(),
                peers.<DiskDuty.Others>map(others -> others::withRoom).orElse(DiskDuty.Others.NONE));
        all.add(new Duty("disk space", DiskDuty.EVERY, Duty.always(), disk::step));
        return all;
    }
}
