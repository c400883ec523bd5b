/**
 * Views written as WebAssembly components: decoding, type checks against the accepted worlds, and execution.
 *
 * <p>From bytes to answers: {@link io.thalweg.view.wasm.ComponentDecoder} reads a component, {@link io.thalweg.view.wasm.ComponentGraph} says which core modules
 * it instantiates and how they are linked, {@link io.thalweg.view.wasm.WasmPrograms} checks it against a {@link io.thalweg.view.wasm.World} and has the core modules
 * compiled, {@link io.thalweg.view.wasm.WasmInstance} runs it.
 *
 * <p>A view runs on several nodes, and the same event must end in the same way on all of them. The code sees no clock, no chance and no thread; memory has a limit that belongs to
 * the view; and how long a call may be and how deep it may go is counted in the code itself: each core module is rewritten before it is compiled
 * ({@link io.thalweg.view.wasm.EndiveMeter} has the rule, {@link io.thalweg.view.wasm.Fuel} the numbers). What still depends on the machine, the watchdog's interrupt among it,
 * comes late enough to be seldom.
 */
@NullMarked
package io.thalweg.view.wasm;

import org.jspecify.annotations.NullMarked;
