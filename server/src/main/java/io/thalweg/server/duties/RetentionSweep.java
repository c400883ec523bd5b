package io.thalweg.server.duties;

import io.thalweg.directory.Log;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Tenant;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Shard;
import io.thalweg.shard.stream.StreamBounds;
import io.thalweg.shard.stream.StreamCommand;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of events that a log's retention no longer keeps. A sweep looks at every log of one shard with a bound and trims its
 * streams where the shard says; the trim is an ordinary request, so that all replicas agree; what is too old is so by the shard's time, whatever this node's clock shows. What has to go goes within a sweep, except that a
 * sixtieth of a stream more may stay, and that a view which has not yet taken an event for good keeps it for as long again: then it is
 * removed all the same, and the view parks with the range that is missing.
 */
public final class RetentionSweep {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionSweep.class);

    /** How long an event may outstay its log's retention. */
    public static final Duration EVERY = Duration.ofSeconds(10);

    private final Administration administration;
    private final HostedShard home;
    private final ToLongFunction<StreamId> needed;

    /** @param needed the oldest event of a stream that some view has not yet taken for good */
    public RetentionSweep(Administration administration, HostedShard home, ToLongFunction<StreamId> needed) {
        this.administration = administration;
        this.home = home;
        this.needed = needed;
    }

    /** Looks at every log once. */
    public void sweep() throws InterruptedException {
        for (Tenant tenant : administration.directory().tenants()) {
            for (Log log : tenant.logs()) {
                if (log.shards().contains(home.number()) && !log.retention().equals(Retention.FOREVER)) {
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
        Shard shard = home.shard();
        StreamBounds bounds = bounds(log.retention());
        for (StreamId stream : log.streams()) {
            if (log.shard(stream.partition()) != home.number()) {
                continue;
            }
            Optional<StreamCommand.Trim> trim = shard.stats(stream)
                    .flatMap(stats -> bounds.trim(stats, shard::keepYounger, needed.applyAsLong(stream)));
            if (trim.isPresent()) {
                Await.reply(shard.submit(trim.get().toRequest(tenant))).orThrow();
            }
        }
    }

    private static StreamBounds bounds(Retention retention) {
        return new StreamBounds(
                retention.maxBytes() == 0 ? Long.MAX_VALUE : retention.maxBytes(),
                retention.maxAgeSeconds() == 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(retention.maxAgeSeconds()));
    }
}
