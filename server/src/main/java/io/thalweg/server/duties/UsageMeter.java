package io.thalweg.server.duties;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.Usage;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.host.ViewHost;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures what tenants use and reports it to the directory now and then; between two reports a crash loses what was measured, never
 * more. In a cluster each node reports what it answered, and what the shards that it leads keep and their views took. Each report goes in a session of this process, so that a retry counts once. Thread-safe.
 */
public final class UsageMeter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UsageMeter.class);

    /** How often {@link #step} is called. */
    public static final Duration EVERY = Duration.ofSeconds(5);

    private static final int SAMPLES_PER_REPORT = 12;

    private static final DirectoryCommand.ReportUsage NOTHING = new DirectoryCommand.ReportUsage(0, 0, 0);

    /** What was measured for one tenant and not yet reported. */
    private static final class Pending {
        final LongAdder dataOutBytes = new LongAdder();
        double storageKibSeconds;
        long computeNs;

        /** Spent in all views here since the start, whoever had to report it. */
        final Map<StreamId, Long> computeNsSeen = new HashMap<>();

        /** A session is one tenant's, and its numbers begin at 1. */
        UUID session = UUID.randomUUID();

        long reports;

        /** What was reported under the newest number, while nobody knows whether it was taken. */
        DirectoryCommand.@Nullable ReportUsage unclear;
    }

    private final Administration administration;
    private final DirectoryClient client;
    private final Shards shards;
    private final ViewHost views;
    private final Clock clock;
    private final LongSupplier timeNs;
    private final ConcurrentHashMap<TenantId, Pending> pending = new ConcurrentHashMap<>();
    private long sampledNs;
    private int samples;

    /** @param timeNs of the directory's shard, by which it ends a billing cycle */
    public UsageMeter(
            Administration administration,
            DirectoryClient client,
            Shards shards,
            ViewHost views,
            Clock clock,
            LongSupplier timeNs) {
        this.administration = administration;
        this.client = client;
        this.shards = shards;
        this.views = views;
        this.clock = clock;
        this.timeNs = timeNs;
        this.sampledNs = clock.monotonicNs();
    }

    /** Counts bytes that left in answers and reads. */
    public void dataOut(TenantId tenant, long bytes) {
        of(tenant).dataOutBytes.add(bytes);
    }

    private Pending of(TenantId tenant) {
        Pending known = pending.get(tenant);
        return known != null ? known : pending.computeIfAbsent(tenant, _ -> new Pending());
    }

    /** What a tenant used in this billing cycle, to this moment. */
    public Usage usage(Tenant tenant) {
        sample();
        Usage reported = tenant.usage(timeNs.getAsLong());
        synchronized (this) {
            Pending more = of(tenant.id());
            return new Usage(
                    reported.cycle(),
                    reported.storageKibSeconds() + (long) more.storageKibSeconds,
                    reported.computeNs() + more.computeNs,
                    reported.dataOutBytes() + more.dataOutBytes.sum());
        }
    }

    /** Takes a sample; every so often reports, too. */
    public synchronized void step() throws InterruptedException {
        sample();
        samples++;
        if (samples % SAMPLES_PER_REPORT == 0) {
            report();
        }
    }

    private synchronized void sample() {
        long nowNs = clock.monotonicNs();
        long elapsedNs = nowNs - sampledNs;
        sampledNs = nowNs;
        for (Tenant tenant : administration.directory().tenants()) {
            Pending more = of(tenant.id());
            more.storageKibSeconds += shards.ledBytes(tenant.id()) / 1024.0 * (elapsedNs / 1e9);
            views.computeNs(tenant.id()).forEach((stream, ns) -> {
                Long before = more.computeNsSeen.put(stream, ns);
                if (reports(tenant, stream)) {
                    more.computeNs += ns - (before == null ? 0 : before);
                }
            });
        }
    }

    /** A view runs on several nodes, and one of them says what it took: the one that leads what it follows. */
    private boolean reports(Tenant tenant, StreamId stream) {
        return shards.leads(tenant.source(stream.log())
                .filter(source -> stream.partition() < source.partitions())
                .map(source -> source.shard(stream.partition()))
                .orElse(Bounds.DIRECTORY_SHARD));
    }

    /**
     * Sends what was measured to the directory. A report that may have been taken is sent again as it was, under its number, before anything
     * else is: so nothing counts twice.
     */
    private synchronized void report() throws InterruptedException {
        for (Tenant tenant : administration.directory().tenants()) {
            Pending more = of(tenant.id());
            DirectoryCommand.ReportUsage report = more.unclear;
            if (report == null) {
                report = new DirectoryCommand.ReportUsage(
                        (long) more.storageKibSeconds, more.computeNs, more.dataOutBytes.sum());
                if (report.equals(NOTHING)) {
                    continue;
                }
                more.unclear = report;
                more.reports++;
            }
            try {
                Await.reply(client.submit(more.session, more.reports, tenant.id(), Actor.operator(), report));
                more.storageKibSeconds -= report.storageKibSeconds();
                more.computeNs -= report.computeNs();
                more.dataOutBytes.add(-report.dataOutBytes());
                more.unclear = null;
            } catch (RuntimeException e) {
                if (!(e instanceof ThalwegException refusal) || refusal.code().kind() != ErrorCode.Kind.UNAVAILABLE) {
                    // It was not taken, or its session is forgotten: the next report begins another.
                    more.session = UUID.randomUUID();
                    more.reports = 0;
                    more.unclear = null;
                }
                LOG.warn("The use of tenant {} could not be reported; it will be with the next report", tenant.id(), e);
            }
        }
        pending.keySet().removeIf(id -> administration.directory().tenant(id).isEmpty());
    }

    /** Reports what is left; nobody steps any more. */
    @Override
    public void close() {
        try {
            sample();
            report();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
