package io.thalweg.server.duties;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.Usage;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.UsageTally;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.host.ViewHost;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures what tenants use and reports it to the directory now and then; between two reports a crash loses what was measured, never
 * more. In a cluster each node reports what it answered, and what the shards that it leads keep and their views took. A report counts once, whoever dies over it: {@link UsageTally}. Thread-safe.
 */
public final class UsageMeter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UsageMeter.class);

    /** How often {@link #step} is called. */
    public static final Duration EVERY = Duration.ofSeconds(5);

    private static final int SAMPLES_PER_REPORT = 12;

    /** What is measured for one tenant. */
    private static final class Measured {
        final UsageTally tally = new UsageTally(UUID::randomUUID);

        /** Spent in all views here since the start, whoever had to report it. */
        final Map<StreamId, Long> computeNsSeen = new HashMap<>();
    }

    private final Administration administration;
    private final DirectoryClient client;
    private final Shards shards;
    private final ViewHost views;
    private final Clock clock;
    private final LongSupplier timeNs;
    private final ConcurrentHashMap<TenantId, Measured> measured = new ConcurrentHashMap<>();
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
        of(tenant).tally.dataOut(bytes);
    }

    private Measured of(TenantId tenant) {
        Measured known = measured.get(tenant);
        return known != null ? known : measured.computeIfAbsent(tenant, _ -> new Measured());
    }

    /** What a tenant used in this billing cycle, to this moment. */
    public Usage usage(Tenant tenant) {
        sample();
        Usage reported = tenant.usage(timeNs.getAsLong());
        synchronized (this) {
            return of(tenant.id()).tally.with(reported);
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
            Measured more = of(tenant.id());
            more.tally.stored(shards.ledBytes(tenant.id()) / 1024.0 * (elapsedNs / 1e9));
            views.computeNs(tenant.id()).forEach((stream, ns) -> {
                Long before = more.computeNsSeen.put(stream, ns);
                if (reports(tenant, stream)) {
                    more.tally.computed(ns - (before == null ? 0 : before));
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

    /** Sends what was measured to the directory. */
    private synchronized void report() throws InterruptedException {
        for (Tenant tenant : administration.directory().tenants()) {
            Optional<UsageTally.Report> report = of(tenant.id()).tally.next();
            if (report.isPresent()) {
                report(tenant.id(), of(tenant.id()).tally, report.get());
            }
        }
        measured.keySet().removeIf(id -> administration.directory().tenant(id).isEmpty());
    }

    private void report(TenantId tenant, UsageTally tally, UsageTally.Report report) throws InterruptedException {
        try {
            Await.reply(client.submit(report.session(), report.number(), tenant, Actor.operator(), report.usage()));
            tally.taken();
        } catch (RuntimeException e) {
            switch (tally.failed(e)) {
                case AGAIN, ANEW ->
                    LOG.warn("The use of tenant {} could not be reported; it will be with the next report", tenant, e);
                case GIVEN_UP ->
                    LOG.warn(
                            "Nobody knows whether the use of tenant {} was counted; it is not said again: {}",
                            tenant,
                            report.usage(),
                            e);
            }
        }
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
