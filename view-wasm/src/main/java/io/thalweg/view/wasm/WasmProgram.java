package io.thalweg.view.wasm;

import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.wasm.component.CoreLink;
import io.thalweg.view.wasm.component.Exports;
import io.thalweg.view.wasm.engine.CoreModule;
import io.thalweg.view.wasm.engine.Fuel;
import io.thalweg.view.wasm.engine.MemoryBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A checked and compiled component. Thread-safe. */
final class WasmProgram implements ViewProgram {

    /** One core instantiation. */
    record Step(CoreModule module, List<CoreLink> links) {}

    private final Exports exports;
    private final List<String> stubs;
    private final boolean usesIndex;
    private final long unitsPerMs;
    private volatile List<Step> steps;

    /** @param unitsPerMs of {@link Fuel}, for each millisecond that a call may take */
    WasmProgram(Exports exports, List<Step> steps, List<String> stubs, boolean usesIndex, long unitsPerMs) {
        this.exports = exports;
        this.steps = List.copyOf(steps);
        this.stubs = stubs;
        this.usesIndex = usesIndex;
        this.unitsPerMs = unitsPerMs;
    }

    long unitsPerMs() {
        return unitsPerMs;
    }

    @Override
    public boolean usesIndex() {
        return usesIndex;
    }

    @Override
    public String world() {
        return exports.world().title();
    }

    @Override
    public List<String> stubs() {
        return stubs;
    }

    /** The code of the component runs first in {@link ViewInstance#init}, so that an interrupt reaches all of it. */
    @Override
    public ViewInstance start(ViewLimits limits, ViewIndex index, MemoryGrant memory) {
        if (steps.isEmpty()) {
            throw new IllegalStateException("the program is closed");
        }
        return switch (exports.world()) {
            case MACHINE -> new MachineInstance(this, limits, index, memory);
            case VIEW -> new EventInstance(this, limits, index, memory);
        };
    }

    /** Running instances keep what they need; once they are closed too, the compiled code can be unloaded. */
    @Override
    public void close() {
        steps = List.of();
    }

    /** Instantiates all core modules and binds the exported functions for {@code guest}. */
    Map<String, GuestFunction> link(IndexHost index, MemoryBudget budget, Fuel fuel) {
        List<CoreModule.Instance> instances = new ArrayList<>();
        for (Step step : steps) {
            List<CoreModule.Supply> supplies = new ArrayList<>();
            for (CoreLink link : step.links) {
                supplies.add(
                        switch (link) {
                            case CoreLink.Export export ->
                                new CoreModule.Supply.Export(instances.get(export.instance()), export.name());
                            case CoreLink.Stub stub -> new CoreModule.Supply.Host(new StubFunction(stub.name()));
                            case CoreLink.Index one ->
                                new CoreModule.Supply.Host(
                                        index.function(one.function(), memory(instances, one.options(), fuel)));
                        });
            }
            instances.add(step.module.instantiate(supplies, budget, fuel));
        }
        Map<String, GuestFunction> bound = new HashMap<>();
        exports.functions().forEach((name, exported) -> bound.put(name, bind(name, exported, instances, fuel)));
        return bound;
    }

    private static GuestFunction bind(
            String name, Exports.Function exported, List<CoreModule.Instance> instances, Fuel fuel) {
        return new GuestFunction(
                name,
                function(instances, exported.core(), fuel),
                memory(instances, exported.options(), fuel),
                exported.options()
                        .postReturn()
                        .map(one -> function(instances, one, fuel))
                        .orElse(null));
    }

    private static GuestMemory memory(List<CoreModule.Instance> instances, CoreLink.Options options, Fuel fuel) {
        return new GuestMemory(
                options.memory()
                        .map(one -> instances.get(one.instance()).memory(one.name()))
                        .orElse(null),
                options.realloc().map(one -> function(instances, one, fuel)).orElse(null));
    }

    private static CoreModule.Function function(
            List<CoreModule.Instance> instances, CoreLink.Export export, Fuel fuel) {
        return fuel.level(
                Objects.requireNonNull(instances.get(export.instance())).function(export.name()));
    }
}
