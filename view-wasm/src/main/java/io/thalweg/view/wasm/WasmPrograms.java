package io.thalweg.view.wasm;

import io.thalweg.model.Limits;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.wasm.binary.CoreSections;
import io.thalweg.view.wasm.binary.Refusal;
import io.thalweg.view.wasm.component.ComponentDecoder;
import io.thalweg.view.wasm.component.ComponentDecoder.Decoded;
import io.thalweg.view.wasm.component.ComponentGraph;
import io.thalweg.view.wasm.component.Exports;
import io.thalweg.view.wasm.engine.CodeRoom;
import io.thalweg.view.wasm.engine.CoreModule;
import io.thalweg.view.wasm.engine.EndiveModule;
import io.thalweg.view.wasm.engine.Fuel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes a program of the bytes of a WebAssembly component: decodes it, checks that it is one of the worlds in {@code /wit}, and compiles its
 * core modules. The bytes may come from anyone; whatever is wrong with them is a {@link ThalwegException} with code {@code
 * INVALID_COMPONENT} and a text for the person who sent them.
 */
public final class WasmPrograms {
    /** Core modules above this size are interpreted in either mode: compiling them would take half a minute and half a gigabyte. */
    public static final int MAX_COMPILED_BYTES = 8 << 20;

    private WasmPrograms() {}

    /**
     * Loads a component. Takes milliseconds for a small one, seconds for a megabyte in compiled mode; no code of the component
     * runs.
     *
     * @param component at most {@link Limits#MAX_COMPONENT_BYTES}; not kept
     * @throws ThalwegException {@code INVALID_COMPONENT}
     */
    public static ViewProgram load(byte[] component, WasmMode mode) {
        if (component.length > Limits.MAX_COMPONENT_BYTES) {
            throw Refusal.because(
                    "the component has " + component.length + " bytes, the limit is " + Limits.MAX_COMPONENT_BYTES);
        }
        Decoded decoded = ComponentDecoder.decode(component);
        @Nullable
        EndiveModule[] modules = new EndiveModule[decoded.coreModules().size()];
        CodeRoom room = new CodeRoom(decoded.coreModules().stream().anyMatch(CoreSections::hasTags));
        ComponentGraph graph = new ComponentGraph(decoded, number -> {
            EndiveModule module = modules[number];
            if (module == null) {
                byte[] bytes = decoded.coreModules().get(number);
                boolean compile = mode == WasmMode.COMPILED && bytes.length <= MAX_COMPILED_BYTES;
                module = EndiveModule.parse(bytes, compile, room);
                modules[number] = module;
            }
            return module;
        });
        checkUnused(decoded, modules, room);
        Exports exports = Exports.of(graph);
        List<EndiveModule> used = graph.steps().stream()
                .map(step -> Objects.requireNonNull(modules[step.module()]))
                .distinct()
                .toList();
        if (used.stream().anyMatch(module -> imports(module, CoreModule.Kind.TABLE))) {
            EndiveModule.shareTypes(used);
        }
        List<WasmProgram.Step> steps = new ArrayList<>();
        for (ComponentGraph.Step step : graph.steps()) {
            CoreModule module = Objects.requireNonNull(modules[step.module()]);
            module.prepare();
            steps.add(new WasmProgram.Step(module, step.links()));
        }
        boolean large = decoded.coreModules().stream().anyMatch(bytes -> bytes.length > MAX_COMPILED_BYTES);
        long unitsPerMs = large ? Fuel.UNITS_PER_MS_OF_LARGE : Fuel.UNITS_PER_MS;
        return new WasmProgram(exports, steps, graph.stubs(), graph.usesIndex(), unitsPerMs);
    }

    private static boolean imports(CoreModule module, CoreModule.Kind kind) {
        return module.imports().stream().anyMatch(one -> one.type().kind() == kind);
    }

    /** Modules that nothing instantiates are checked like the others, so that what is wrong with a component shows here or never. */
    private static void checkUnused(Decoded decoded, @Nullable EndiveModule[] modules, CodeRoom room) {
        for (int number = 0; number < modules.length; number++) {
            if (modules[number] == null) {
                byte[] _ = EndiveModule.metered(decoded.coreModules().get(number), true, room);
            }
        }
    }
}
