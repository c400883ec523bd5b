package io.thalweg.server.agent;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.thalweg.cluster.action.Action;
import io.thalweg.cluster.action.Actions;
import io.thalweg.cluster.datastore.Datastore;
import java.util.function.Supplier;

/** The agent's numbers, under the names that the SDK's own agents use. Thread-safe. */
final class AgentMeters {
    private final Timer storeInfo;
    private final MeterRegistry registry;

    AgentMeters(MeterRegistry registry, Actions actions) {
        this.registry = registry;
        storeInfo = Timer.builder("repliagent.store.ops.duration")
                .description("How long the store took to say what it is")
                .tag("op", "datastore")
                .register(registry);
        Gauge.builder(
                        "repliagent.action.loops.busy",
                        actions,
                        all -> all.queue().isEmpty() ? 0 : 1)
                .description("1 while an action runs or waits")
                .register(registry);
        Gauge.builder(
                        "repliagent.action.failed",
                        actions,
                        all -> all.finished().stream()
                                .filter(action -> action.phase() == Action.Phase.FAILED)
                                .count())
                .description("Actions that failed, of those that are remembered")
                .register(registry);
    }

    /** Asks the store, and measures that. */
    Datastore ask(Supplier<Datastore> store) {
        try {
            return storeInfo.record(store);
        } catch (RuntimeException e) {
            registry.counter("repliagent.store.ops.error", "op", "datastore").increment();
            throw e;
        }
    }
}
