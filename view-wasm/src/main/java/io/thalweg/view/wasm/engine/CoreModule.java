package io.thalweg.view.wasm.engine;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The seam to the engine that runs core WebAssembly: a parsed and validated module that can be instantiated any number of times. Only
 * classes named {@code Endive…} and {@link LinearMemory} know which engine that is. Thread-safe; instances are not.
 */
public interface CoreModule {

    enum Kind {
        FUNCTION,
        TABLE,
        MEMORY,
        GLOBAL,
        TAG
    }

    /**
     * What a core import or export is.
     *
     * @param signature of a function, such as {@code (i32, i32) -> (i32)}; empty for other kinds
     */
    record Extern(Kind kind, String signature) {}

    record Import(String module, String name, Extern type) {}

    List<Import> imports();

    Map<String, Extern> exports();

    /** Does now what instances share, such as compiling. */
    void prepare();

    /**
     * Makes an instance and runs its start function, if it has one.
     *
     * @param supplies one for each of {@link #imports}, in that order
     * @param budget what all memories of the component instance may hold together
     * @param fuel what all code of the component instance counts down
     * @throws RuntimeException whatever the engine throws when the module cannot be linked or its start traps
     */
    Instance instantiate(List<Supply> supplies, MemoryBudget budget, Fuel fuel);

    /** What an import is linked to. */
    sealed interface Supply {
        record Export(Instance instance, String name) implements Supply {}

        record Host(Function function) implements Supply {}
    }

    interface Instance {
        Function function(String export);

        LinearMemory memory(String export);
    }

    /** A core function. Values are 64 bits wide; of an i32 the upper half is ignored going in and undefined coming out. */
    @FunctionalInterface
    interface Function {
        /** The results; undefined, and possibly null, when the function has none. The arguments may be reused after the call. */
        long @Nullable [] call(long... arguments);
    }
}
