package io.thalweg.view.wasm;

/** How long the code of a component may become by what counts it, over all of its core modules: half as much again as it may be, and no less than a little. */
final class CodeRoom {
    private static final int LITTLE = 1 << 20;

    private int left = CoreSections.MAX_CODE_BYTES / 2 * 3 + LITTLE;

    /** Takes what the code of a function came to. */
    void take(int bytes) {
        if (bytes > left) {
            throw Refusal.because(
                    "the component has more code, with what counts what it does, than this server has memory for");
        }
        left -= bytes;
    }
}
