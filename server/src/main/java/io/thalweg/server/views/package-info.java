/**
 * What the node does for views beside running them: the host is kept as the directory wants it, components are stored in a log and
 * loaded from it, and what a view passes over goes into a log of dead letters.
 */
@NullMarked
package io.thalweg.server.views;

import org.jspecify.annotations.NullMarked;
