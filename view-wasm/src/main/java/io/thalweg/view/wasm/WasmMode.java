package io.thalweg.view.wasm;

/** How the code of a component is run; the results are the same. */
public enum WasmMode {
    /** Translated to JVM bytecode once, 30 to 100 times faster. A core module above {@link WasmPrograms#MAX_COMPILED_BYTES} is interpreted all the same. */
    COMPILED,
    /** Nothing is generated; for code that one would rather not have translated. */
    INTERPRETED
}
