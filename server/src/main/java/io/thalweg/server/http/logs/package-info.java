/**
 * Logs over HTTP: making and keeping them, appending, reading and tailing their events.
 */
@NullMarked
package io.thalweg.server.http.logs;

import org.jspecify.annotations.NullMarked;
