/**
 * What a component says, and whether it is one of the worlds. Nothing here runs or compiles anything; of the engine it wants only what core modules import and
 * export.
 *
 * <p>In three steps, each of which trusts what the one before has checked and nothing else:
 *
 * <ol>
 *   <li>{@link io.thalweg.view.wasm.component.ComponentDecoder} reads each byte, and makes {@link io.thalweg.view.wasm.component.Definition}s of them in the order in which they
 *       stand there; references are bare numbers.
 *   <li>{@link io.thalweg.view.wasm.component.ComponentGraph} follows the references. A component is a program that makes instances of modules and links them; but nothing in it depends
 *       on input, so that it is run once, here, and leaves a list: which module is instantiated, and what each of its imports is linked to
 *       ({@link io.thalweg.view.wasm.component.CoreLink}). Types are resolved on the way ({@link io.thalweg.view.wasm.component.WitType}).
 *   <li>{@link io.thalweg.view.wasm.component.Exports} finds the {@link io.thalweg.view.wasm.component.World} that the component is of, and checks each function of it: first its type,
 *       then the core function behind it, which may say anything else.
 * </ol>
 *
 * <p>A few bytes can describe much: types that share their parts and are huge as trees, components that instantiate each other over and over. So there are bounds on depth, on
 * definitions, and on how many of them are visited, and two types are never compared but along one that is ours.
 */
@NullMarked
package io.thalweg.view.wasm.component;

import org.jspecify.annotations.NullMarked;
