package io.thalweg.view.wasm.component;

import io.thalweg.model.ThalwegException;
import io.thalweg.view.wasm.binary.Refusal;
import io.thalweg.view.wasm.component.ComponentGraph.Lifted;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a component is to the host: of which world, and the functions of that, by name. Each has the type that the world demands, and is made of a core function
 * that fits this type, so that whoever calls it need not look again.
 */
public record Exports(World world, Map<String, Function> functions) {

    /** The core function, and what its values go through. */
    public record Function(CoreLink.Export core, CoreLink.Options options) {}

    /** @throws ThalwegException {@code INVALID_COMPONENT}, with what the component lacks of a world */
    public static Exports of(ComponentGraph graph) {
        World world = world(graph);
        return new Exports(world, check(world, Objects.requireNonNull(graph.export(world.exported))));
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

    private static Map<String, Function> check(World world, Map<String, Lifted> exported) {
        Map<String, Function> functions = new LinkedHashMap<>();
        for (World.Expected expected : world.functions) {
            Lifted lifted = exported.get(expected.name());
            if (lifted == null) {
                throw Refusal.because("export " + world.exported + " lacks function " + expected.text());
            }
            if (!expected.type().matches(lifted.type())) {
                throw Refusal.because("export " + world.exported + ": function " + expected.name() + " is "
                        + lifted.type().text() + ", expected " + expected.type().text());
            }
            functions.put(expected.name(), new Function(core(world, expected, lifted), lifted.options()));
        }
        return functions;
    }

    private static CoreLink.Export core(World world, World.Expected expected, Lifted lifted) {
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
        return function;
    }

    private static void expect(String what, String role, CoreLink.Export found, String signature) {
        if (!found.extern().signature().equals(signature)) {
            throw Refusal.because("malformed component: " + what + ": " + role + " is "
                    + found.extern().signature() + ", expected " + signature);
        }
    }
}
