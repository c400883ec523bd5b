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
import io.thalweg.shard.stream.StreamCommand;
import io.thalweg.shard.stream.StreamStats;
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

    /** So many times a bound an event is kept for a view that has not yet taken it for good; then the view parks. */
    private static final int VIEW_PATIENCE = 2;

    /** No age is beyond it: nothing goes that is younger than 146 years. */
    private static final long SECONDS_MAX = TimeUnit.NANOSECONDS.toSeconds(Long.MAX_VALUE);

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
        for (StreamId stream : log.streams()) {
            if (log.shard(stream.partition()) != home.number()) {
                continue;
            }
            Optional<StreamStats> stats = shard.stats(stream);
            long keepFrom = keepFrom(stream, log.retention());
            if (stats.isPresent() && keepFrom > stats.get().first()) {
                Await.reply(shard.submit(new StreamCommand.Trim(stream, keepFrom).toRequest(tenant)))
                        .orThrow();
            }
        }
    }

    /** The oldest event to keep: what the bounds say, unless a view still needs older ones within the bounds of its patience. */
    private long keepFrom(StreamId stream, Retention retention) {
        long byBounds = keepFrom(stream, retention, 1);
        long byViews = needed.applyAsLong(stream);
        return byViews >= byBounds ? byBounds : Math.max(byViews, keepFrom(stream, retention, VIEW_PATIENCE));
    }

    private long keepFrom(StreamId stream, Retention retention, int times) {
        long bytesMax = retention.maxBytes() == 0 || retention.maxBytes() > Long.MAX_VALUE / times
                ? Long.MAX_VALUE
                : times * retention.maxBytes();
        long ageNsMax = retention.maxAgeSeconds() == 0 || retention.maxAgeSeconds() > SECONDS_MAX / times
                ? Long.MAX_VALUE
                : TimeUnit.SECONDS.toNanos(times * retention.maxAgeSeconds());
        return home.shard().keepYounger(stream, bytesMax, ageNsMax).orElse(0L);
    }
}
