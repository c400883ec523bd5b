/**
 * Views written as WebAssembly components: from a stranger's bytes to answers.
 *
 * <p>{@link io.thalweg.view.wasm.WasmPrograms} loads: {@link io.thalweg.view.wasm.component} reads the component, says which core modules it instantiates and how they
 * are linked, and holds it against the worlds; {@link io.thalweg.view.wasm.engine} has each core module count what it does, and compiles it. What comes of that is a
 * {@link io.thalweg.view.wasm.WasmProgram}, which is checked, shared by all instances, and runs nothing.
 *
 * <p>A {@link io.thalweg.view.wasm.WasmInstance} runs: {@link io.thalweg.view.wasm.EventInstance} and {@link io.thalweg.view.wasm.MachineInstance} know how the values of their
 * world lie in memory, {@link io.thalweg.view.wasm.GuestMemory} moves them and believes nothing, {@link io.thalweg.view.wasm.IndexHost} is the one thing of the host that the code
 * reaches. Whatever goes wrong in a call is a trap, and the end of the instance; another one begins from a snapshot.
 *
 * <p>A view runs on several nodes, and the same event must end in the same way on all of them. The code sees no clock, no chance and no thread; memory has a limit that belongs to
 * the view; and how long a call may be and how deep it may go is counted in the code itself ({@link io.thalweg.view.wasm.engine.Fuel} has the numbers). What still depends on the
 * machine, the watchdog's interrupt among it ({@link io.thalweg.view.wasm.Interruption}), comes late enough to be seldom.
 */
@NullMarked
package io.thalweg.view.wasm;

import org.jspecify.annotations.NullMarked;
