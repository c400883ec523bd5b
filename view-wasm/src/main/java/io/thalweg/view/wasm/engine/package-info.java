/**
 * Core modules, and all that runs them. {@link io.thalweg.view.wasm.engine.CoreModule} is the seam: behind it is Endive, which only the classes named {@code Endive…} and
 * {@link io.thalweg.view.wasm.engine.LinearMemory} know; another engine would take their place.
 *
 * <p>An engine runs what it is given for as long as that lasts. That a call ends, and ends at the same instruction on each machine, is made here, in the code: before a
 * module is compiled it is written again so that it counts what it does and what stack it takes. {@link io.thalweg.view.wasm.engine.EndiveMeter} has the rule and does what
 * concerns the whole module, {@link io.thalweg.view.wasm.engine.EndiveBody} one function, {@link io.thalweg.view.wasm.engine.CallGraph} says which functions
 * may run inside of themselves, {@link io.thalweg.view.wasm.engine.Fuel} is what they count down. The rule is part of what a component means: replicas of two releases
 * must agree on it, and so it has a number.
 *
 * <p>Two things of the engine are mended on the way. Calls through a table that modules share compare numbers of types where they have to compare types, so all modules of a component get the
 * same numbers ({@link io.thalweg.view.wasm.engine.EndiveTypes}); and its vectors are not proved, so modules that use them are refused.
 *
 * <p>Memory has two limits: of the view, which the code sees as a memory that does not grow, and of all views of the node, which is no fault of the code
 * ({@link io.thalweg.view.wasm.engine.MemoryBudget}).
 */
@NullMarked
package io.thalweg.view.wasm.engine;

import org.jspecify.annotations.NullMarked;
