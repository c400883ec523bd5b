/**
 * Bytes that come from anyone, and how numbers, names and sections lie in them, alike in a component and in a core module: read with each bound looked at before it is used
 * ({@link io.thalweg.view.wasm.binary.ByteCursor}), written where a module is written again ({@link io.thalweg.view.wasm.binary.Leb}), and refused, with a text for
 * the person who sent them, in one way ({@link io.thalweg.view.wasm.binary.Refusal}).
 */
@NullMarked
package io.thalweg.view.wasm.binary;

import org.jspecify.annotations.NullMarked;
