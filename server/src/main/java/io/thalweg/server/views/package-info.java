/**
 * What the node does for views beside running them: the host is kept as the directory wants it, components are stored in a log and
 * loaded from it, and what a view passes over goes into a log of dead letters. Each replica of a view parks by itself;
 * {@link io.thalweg.server.views.ParkedHere} has them come to the same, as {@link io.thalweg.server.views.StateComparison} does with their states, and {@link io.thalweg.server.views.WholeView} tells how they are together.
 */
@NullMarked
package io.thalweg.server.views;

import org.jspecify.annotations.NullMarked;
