/**
 * The process: configuration, wiring, doors, authentication, metrics.
 */
@NullMarked
package io.thalweg.server;

import org.jspecify.annotations.NullMarked;
