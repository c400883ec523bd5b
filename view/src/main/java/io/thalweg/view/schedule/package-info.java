/**
 * Who runs when: a few threads deal out slices of a few milliseconds, first by tenant and then by view, so that no view and no tenant
 * keeps another waiting. {@link io.thalweg.view.schedule.ViewThreads} is the port, which the simulation replaces by its own scheduler;
 * {@link io.thalweg.view.schedule.CallGuard} is the eye of the watchdog on a call that takes too long.
 */
@NullMarked
package io.thalweg.view.schedule;

import org.jspecify.annotations.NullMarked;
