package io.thalweg.view.wasm;

import io.thalweg.view.ViewTrap;
import io.thalweg.view.wasm.engine.CoreModule;

/** Stands where the component wants a function that nobody provides. */
record StubFunction(String name) implements CoreModule.Function {
    @Override
    public long[] call(long... arguments) {
        throw new ViewTrap("called " + name + ", which is not provided to a view");
    }
}
