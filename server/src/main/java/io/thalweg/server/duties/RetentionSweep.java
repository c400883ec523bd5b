package io.thalweg.server.duties;

import io.thalweg.directory.Log;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Tenant;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Shard;
import io.thalweg.shard.stream.StreamCommand;
import io.thalweg.shard.stream.StreamStats;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of events that a log's retention no longer keeps. A sweep looks at every log of one shard with a bound and trims its
 * streams where the shard says; the trim is an ordinary request, so that all replicas agree. What has to go goes within a sweep, except that a
 * sixtieth of a stream more may stay.
 */
public final class RetentionSweep {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionSweep.class);

    /** How long an event may outstay its log's retention. */
    public static final Duration EVERY = Duration.ofSeconds(10);

    private final Administration administration;
    private final HostedShard home;
    private final Clock clock;

    public RetentionSweep(Administration administration, HostedShard home, Clock clock) {
        this.administration = administration;
        this.home = home;
        this.clock = clock;
    }

    /** Looks at every log once. */
    public void sweep() throws InterruptedException {
        for (Tenant tenant : administration.directory().tenants()) {
            for (Log log : tenant.logs()) {
                if (log.shard() == home.number() && !log.retention().equals(Retention.FOREVER)) {
                    try {
                        sweep(tenant.id(), log);
                    } catch (RuntimeException e) {
                        LOG.warn("Log {} could not be trimmed; the next sweep tries again", log.id(), e);
                    }
                }
            }
        }
    }

    private void sweep(TenantId tenant, Log log) throws InterruptedException {
        Retention retention = log.retention();
        long bytesMax = retention.maxBytes() == 0 ? Long.MAX_VALUE : retention.maxBytes();
        long oldestNs = retention.maxAgeSeconds() == 0
                ? Long.MIN_VALUE
                : clock.wallNs() - retention.maxAgeSeconds() * 1_000_000_000L;
        Shard shard = home.shard();
        for (StreamId stream : log.streams()) {
            Optional<StreamStats> stats = shard.stats(stream);
            Optional<Long> keepFrom = shard.keepFrom(stream, bytesMax, oldestNs);
            if (stats.isPresent()
                    && keepFrom.isPresent()
                    && keepFrom.get() > stats.get().first()) {
                Await.reply(shard.submit(new StreamCommand.Trim(stream, keepFrom.get()).toRequest(tenant)))
                        .orThrow();
            }
        }
    }
}
