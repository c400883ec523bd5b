package io.thalweg.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.server.duties.Duties;
import io.thalweg.server.javaviews.JavaViews;
import io.thalweg.server.metrics.NodeMeters;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.views.ViewKeeper;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What begins with a replica that has come to a node, and ends before one goes: duties, views, the ports of its ledgers. */
record ReplicaUses(
        Duties duties,
        ShardDuties ofShards,
        ViewKeeper keeper,
        JavaViews javaViews,
        LedgerPorts ledgerPorts,
        Administration administration,
        MeterRegistry registry)
        implements Replicas.Uses {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaUses.class);
    private static final long VIEWS_SECONDS_MAX = 30;

    private static String name(HostedShard home) {
        return "shard " + home.number();
    }

    void beginDuties(HostedShard home) {
        duties.begin(name(home), ofShards.of(home));
    }

    @Override
    public void begin(HostedShard home) {
        beginDuties(home);
        NodeMeters.bind(registry, home);
        // Nothing ends that could run before.
        var _ = keeper.shardsChanged();
    }

    @Override
    public void end(HostedShard home) throws InterruptedException {
        ledgerPorts.close(home.number());
        duties.end(name(home));
        javaViews.reconcile(administration.directory());
        try {
            var _ = keeper.shardsChanged().get(VIEWS_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("views of shard {} did not end in order", home.number(), e);
        }
    }
}
