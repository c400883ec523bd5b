package io.thalweg.server.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.thalweg.directory.Tenant;
import io.thalweg.raft.RatisNode;
import io.thalweg.server.data.DiskSpace;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewState;
import io.thalweg.view.host.ViewHost;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/** Binds what the shard, the views and the process count to a registry. */
public final class NodeMeters {
    private NodeMeters() {}

    /** Registers everything; the parts must outlive the registry's use. */
    @SuppressWarnings("resource") // the collector's listener lives as long as the process
    public static void bind(
            MeterRegistry registry,
            Path data,
            DiskSpace space,
            List<HostedShard> shards,
            ViewHost views,
            Administration administration) {
        DiskMeters.bind(registry, data);
        Gauge.builder("thalweg.disk.full", space, known -> known.isFull() ? 1 : 0)
                .description("1 while what would store something is refused for want of room")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmGcMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);

        shards.forEach(home -> bind(registry, home.shard(), Integer.toString(home.number())));
        Gauge.builder(
                        "thalweg.ledgers.frozen",
                        shards,
                        all -> all.stream()
                                .mapToInt(home -> home.ledgers().frozen().size())
                                .sum())
                .description("Ledgers that are damaged and answer nothing until they are repaired")
                .register(registry);

        Gauge.builder(
                        "thalweg.tenants",
                        administration,
                        known -> known.directory().tenants().size())
                .description("Tenants")
                .register(registry);
        Gauge.builder(
                        "thalweg.logs",
                        administration,
                        known -> each(known, tenant -> tenant.logs().size()))
                .description("Logs of all tenants, three of the platform's own for each among them")
                .register(registry);
        Gauge.builder(
                        "thalweg.ledgers",
                        administration,
                        known -> each(known, tenant -> tenant.ledgers().size()))
                .description("Ledgers of all tenants")
                .register(registry);
        for (ViewState state : ViewState.values()) {
            Gauge.builder(
                            "thalweg.views",
                            views,
                            host -> host.status().stream()
                                    .filter(status -> status.state() == state)
                                    .count())
                    .description("Versions of views by state")
                    .tag("state", state.text())
                    .register(registry);
        }
        Gauge.builder(
                        "thalweg.views.lag.max",
                        views,
                        host -> host.status().stream()
                                .filter(VersionStatus::active)
                                .mapToLong(VersionStatus::lag)
                                .max()
                                .orElse(0))
                .description("Events that the active version furthest behind has still to process")
                .register(registry);
        Gauge.builder(
                        "thalweg.views.lag",
                        views,
                        host -> host.status().stream()
                                .filter(VersionStatus::active)
                                .mapToLong(VersionStatus::lag)
                                .sum())
                .description("Events that active versions have still to process, all together")
                .register(registry);
        FunctionCounter.builder("thalweg.views.renewed", views, ViewHost::renewed)
                .description("States of views that were made again because other replicas have come to something else")
                .register(registry);
    }

    /** When the certificate that the node shows stops being good. */
    public static void bindCertificate(MeterRegistry registry, Instant end) {
        Gauge.builder("thalweg.tls.certificate.expires", end, Instant::getEpochSecond)
                .description("When the certificate at the HTTP door expires, in seconds since 1970")
                .strongReference(true)
                .register(registry);
    }

    /** Copies of replicas on their way from this node and to it. */
    public static void bindCopies(MeterRegistry registry, RatisNode ratis) {
        FunctionCounter.builder("thalweg.copies.sent.bytes", ratis, RatisNode::copiedBytes)
                .description("Bytes of copies of replicas that were sent to other nodes")
                .register(registry);
        Gauge.builder("thalweg.copies.coming.bytes", ratis, RatisNode::comingBytes)
                .description("Bytes that are here of copies which are on their way")
                .register(registry);
        Gauge.builder("thalweg.copies.coming.all.bytes", ratis, RatisNode::comingBytesTotal)
                .description("Bytes that those copies have in all")
                .register(registry);
    }

    private static double each(Administration administration, ToIntFunction<Tenant> count) {
        int sum = 0;
        for (Tenant tenant : administration.directory().tenants()) {
            sum += count.applyAsInt(tenant);
        }
        return sum;
    }

    /** Registers what a shard counts that this node has since its start, in the place of a replica of it that was here before. */
    public static void bind(MeterRegistry registry, HostedShard home) {
        // Of two that are called alike a registry keeps the first, which would go on to tell of what is closed.
        registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().startsWith("thalweg.shard.")
                        && Integer.toString(home.number()).equals(id.getTag("shard")))
                .forEach(registry::remove);
        bind(registry, home.shard(), Integer.toString(home.number()));
    }

    private static void bind(MeterRegistry registry, Shard shard, String number) {
        for (Consensus.Role role : Consensus.Role.values()) {
            Gauge.builder("thalweg.shard.role", shard, known -> known.role() == role ? 1 : 0)
                    .description("1 for the role that this node has in the shard")
                    .tag("shard", number)
                    .tag("role", role.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        Gauge.builder("thalweg.shard.term", shard, known -> known.standing().term())
                .description("The newest term that this node has heard of; each more is an election")
                .tag("shard", number)
                .register(registry);
        Gauge.builder("thalweg.shard.applied.index", shard, Shard::appliedIndex)
                .description("The newest applied entry")
                .tag("shard", number)
                .register(registry);
        counter(
                registry,
                number,
                "thalweg.shard.entries",
                "Entries proposed to the consensus",
                shard,
                Shard::entriesProposed);
        counter(
                registry,
                number,
                "thalweg.shard.requests",
                "Requests in these entries",
                shard,
                Shard::requestsProposed);
        Gauge.builder("thalweg.shard.queue.bytes", shard, Shard::queuedBytes)
                .description("Bytes of requests that are not answered yet")
                .tag("shard", number)
                .register(registry);
    }

    private static void counter(
            MeterRegistry registry,
            String number,
            String name,
            String text,
            Shard shard,
            ToDoubleFunction<Shard> count) {
        FunctionCounter.builder(name, shard, count)
                .description(text)
                .tag("shard", number)
                .register(registry);
    }
}
