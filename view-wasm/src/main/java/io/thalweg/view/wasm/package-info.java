/**
 * Views written as WebAssembly components: decoding, type checks against the accepted worlds, and execution.
 */
@NullMarked
package io.thalweg.view.wasm;

import org.jspecify.annotations.NullMarked;
