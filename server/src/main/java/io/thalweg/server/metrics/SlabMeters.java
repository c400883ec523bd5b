package io.thalweg.server.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.memo.slab.SlabStatus;
import io.thalweg.server.slab.NodeSlab;
import java.util.function.ToDoubleFunction;

/** The numbers of a process' slab. */
public final class SlabMeters {
    private SlabMeters() {}

    public static void bind(MeterRegistry registry, NodeSlab slab) {
        gauge(registry, slab, "memos", "Memos held", status -> status.heldMemos());
        gauge(registry, slab, "bytes", "Bytes of memos held", status -> status.heldBytes());
        gauge(registry, slab, "skeletons", "Memos of which only a skeleton stays", status -> status.skeletons());
        gauge(registry, slab, "skeleton.bytes", "Bytes of skeletons of memos", status -> status.skeletonBytes());
        gauge(registry, slab, "quota.bytes", "Bytes of memos that may be held", status -> status.quotaBytes());
        gauge(registry, slab, "waiting", "Memos that wait for what they follow", status -> status.waiting());
        gauge(
                registry,
                slab,
                "below.target",
                "Memos that are not as durable as they should be",
                status -> status.belowTarget());
        gauge(
                registry,
                slab,
                "below.target.without.self",
                "Memos that would not be, if this slab left",
                status -> status.belowTargetWithoutSelf());
        gauge(registry, slab, "annual.loss", "Memos expected to be lost within a year", SlabStatus::annualLoss);
        Gauge.builder("thalweg.slab.links", slab, NodeSlab::links)
                .description("Slabs that are linked with this one")
                .register(registry);
        count(registry, slab, "sent.bytes", "Bytes sent to other slabs", traffic -> traffic.bytesSent());
        count(
                registry,
                slab,
                "repair.bytes",
                "Bytes of memos sent because copies were missing",
                traffic -> traffic.repairBytes());
        count(registry, slab, "evicted", "Memos let go", traffic -> traffic.evictedMemos());
        count(registry, slab, "dropped", "Memos dropped for good", traffic -> traffic.droppedMemos());
        count(registry, slab, "redundant", "Memos received that were held", traffic -> traffic.redundantMemos());
        count(
                registry,
                slab,
                "refused",
                "Messages and memos received and not taken",
                traffic -> traffic.refusedMemos());
    }

    private static void gauge(
            MeterRegistry registry, NodeSlab slab, String name, String text, ToDoubleFunction<SlabStatus> value) {
        Gauge.builder("thalweg.slab." + name, slab, from -> value.applyAsDouble(from.status()))
                .description(text)
                .register(registry);
    }

    private static void count(
            MeterRegistry registry,
            NodeSlab slab,
            String name,
            String text,
            ToDoubleFunction<SlabStatus.Traffic> value) {
        FunctionCounter.builder(
                        "thalweg.slab." + name,
                        slab,
                        from -> value.applyAsDouble(from.status().traffic()))
                .description(text)
                .register(registry);
    }
}
