/**
 * How a version of a view comes: {@link io.thalweg.view.java.ship.ViewJar} loads it, and {@link io.thalweg.view.java.ship.UnderWay} looks before anything starts
 * whether what is under way in a state would go on in it, {@link io.thalweg.view.java.ship.Likeness} whether two versions may work side by side. How one state takes the place of another is in {@link io.thalweg.view.java.run.Handover}, since it
 * is made of steps.
 */
@NullMarked
package io.thalweg.view.java.ship;

import org.jspecify.annotations.NullMarked;
