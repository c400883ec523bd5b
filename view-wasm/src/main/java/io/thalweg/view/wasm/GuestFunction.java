package io.thalweg.view.wasm;

import io.thalweg.view.wasm.engine.CoreModule;
import org.jspecify.annotations.Nullable;

/**
 * An exported function of one instance, with the memory that its values go through.
 *
 * @param postReturn gives the guest's result back to the guest
 */
record GuestFunction(
        String name, CoreModule.Function core, GuestMemory memory, CoreModule.@Nullable Function postReturn) {

    /** Calls a function without a result. */
    void run(long... arguments) {
        core.call(arguments);
        if (postReturn != null) {
            postReturn.call();
        }
    }

    /** Calls a function with a result; returns where the guest put it. The caller reads it and then calls {@link #done}. */
    int call(long... arguments) {
        return GuestMemory.result(core.call(arguments));
    }

    void done(int result) {
        if (postReturn != null) {
            postReturn.call(result);
        }
    }
}
