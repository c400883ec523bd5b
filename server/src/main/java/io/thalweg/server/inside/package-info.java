/**
 * What stands behind the doors: commands to the directory, views kept as the directory wants them, components stored in a log,
 * meters of use, and the housekeeping that trims logs.
 */
@NullMarked
package io.thalweg.server.inside;

import org.jspecify.annotations.NullMarked;
