package io.thalweg.view.wasm.component;

import io.thalweg.view.wasm.engine.CoreModule;
import java.util.Optional;

/** Where a core function, memory, table or global of a component comes from. */
public sealed interface CoreLink {
    CoreModule.Extern extern();

    /** An export of the core instance with this number. */
    record Export(int instance, String name, CoreModule.Extern extern) implements CoreLink {}

    /** A function that nobody provides: it fits wherever it is wanted, and traps. */
    record Stub(String name) implements CoreLink {
        @Override
        public CoreModule.Extern extern() {
            return new CoreModule.Extern(CoreModule.Kind.FUNCTION, "");
        }
    }

    /** A function of the host's index. */
    record Index(IndexFunction function, Options options) implements CoreLink {
        @Override
        public CoreModule.Extern extern() {
            return new CoreModule.Extern(CoreModule.Kind.FUNCTION, function.core);
        }
    }

    /** What a lifted or lowered function works with. */
    record Options(
            boolean utf8,
            boolean async,
            Optional<Export> memory,
            Optional<Export> realloc,
            Optional<Export> postReturn) {}
}
