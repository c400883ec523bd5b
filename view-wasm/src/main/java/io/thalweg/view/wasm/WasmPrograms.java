package io.thalweg.view.wasm;

import io.thalweg.model.Limits;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.wasm.ComponentDecoder.Decoded;
import io.thalweg.view.wasm.ComponentGraph.Lifted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        ComponentGraph graph = new ComponentGraph(decoded.root(), number -> {
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
        World world = world(graph);
        Map<String, Lifted> functions = check(world, Objects.requireNonNull(graph.export(world.exported)));
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
        return new WasmProgram(world, steps, functions, graph.stubs(), graph.usesIndex(), unitsPerMs);
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

    /** The world whose interface the component exports; ours when it exports both. */
    private static World world(ComponentGraph graph) {
        for (World world : List.of(World.VIEW, World.MACHINE)) {
            if (graph.export(world.exported) != null) {
                return world;
            }
        }
        throw Refusal.because("the component exports neither " + World.VIEW.exported + " nor " + World.MACHINE.exported
                + "; it exports "
                + (graph.exportNames().isEmpty()
                        ? "nothing"
                        : shortened(graph.exportNames().toString())));
    }

    private static String shortened(String text) {
        return text.length() <= 400 ? text : text.substring(0, 400) + "…";
    }

    /** The functions of the world, each with the type that it must have and a core function that fits it. */
    private static Map<String, Lifted> check(World world, Map<String, Lifted> exported) {
        Map<String, Lifted> functions = new LinkedHashMap<>();
        for (World.Expected expected : world.functions) {
            Lifted lifted = exported.get(expected.name());
            if (lifted == null) {
                throw Refusal.because("export " + world.exported + " lacks function " + expected.text());
            }
            if (!expected.type().matches(lifted.type())) {
                throw Refusal.because("export " + world.exported + ": function " + expected.name() + " is "
                        + lifted.type().text() + ", expected " + expected.type().text());
            }
            checkCore(world, expected, lifted);
            functions.put(expected.name(), lifted);
        }
        return functions;
    }

    private static void checkCore(World world, World.Expected expected, Lifted lifted) {
        String what = "export " + world.exported + ": function " + expected.name();
        CoreLink.Options options = lifted.options();
        if (!(lifted.function() instanceof CoreLink.Export function)) {
            throw Refusal.because(what + " is not made of a function of a core module");
        }
        if (options.async()) {
            throw Refusal.because(what + " is lifted asynchronously; a view answers when it returns");
        }
        if (!options.utf8()) {
            throw Refusal.because(what + " encodes strings as UTF-16; a view uses UTF-8");
        }
        expect(what, "its core function", function, expected.core());
        boolean hasParameters = !expected.type().parameters().isEmpty();
        boolean returns = expected.type().result() != null;
        if ((hasParameters || returns) && options.memory().isEmpty()) {
            throw Refusal.because(what + " is lifted without a memory");
        }
        if (hasParameters) {
            expect(
                    what,
                    "its realloc function",
                    options.realloc()
                            .orElseThrow(() -> Refusal.because(what + " is lifted without a realloc function")),
                    "(i32, i32, i32, i32) -> (i32)");
        }
        options.postReturn().ifPresent(one -> expect(what, "its post-return function", one, expected.postReturn()));
    }

    private static void expect(String what, String role, CoreLink.Export found, String signature) {
        if (!found.extern().signature().equals(signature)) {
            throw Refusal.because("malformed component: " + what + ": " + role + " is "
                    + found.extern().signature() + ", expected " + signature);
        }
    }
}
