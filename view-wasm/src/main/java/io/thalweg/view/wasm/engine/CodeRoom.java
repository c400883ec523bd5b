package io.thalweg.view.wasm.engine;

import io.thalweg.view.wasm.binary.CoreSections;
import io.thalweg.view.wasm.binary.Refusal;

/**
 * What the core modules of a component have together where their code is made to count: how long it may become by that, half as much again as it may be and no less
 * than a little; and whether anything is thrown in it, for what is thrown in one module leads past what another counts.
 */
public final class CodeRoom {
    private static final int LITTLE = 1 << 20;

    private final boolean throwing;
    private int left = CoreSections.MAX_CODE_BYTES / 2 * 3 + LITTLE;

    /** @param throwing whether any of the modules has exceptions */
    public CodeRoom(boolean throwing) {
        this.throwing = throwing;
    }

    boolean isThrowing() {
        return throwing;
    }

    /** Takes what the code of a function came to. */
    void take(int bytes) {
        if (bytes > left) {
            throw Refusal.because(
                    "the component has more code, with what counts what it does, than this server has memory for");
        }
        left -= bytes;
    }
}
