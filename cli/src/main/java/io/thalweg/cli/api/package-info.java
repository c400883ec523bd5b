/**
 * How commands reach a node: the address and key that options, environment or {@code dev.env} name, and the HTTP API behind them.
 */
@NullMarked
package io.thalweg.cli.api;

import org.jspecify.annotations.NullMarked;
