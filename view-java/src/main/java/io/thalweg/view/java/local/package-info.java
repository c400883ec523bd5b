/** All partitions of a view inside one process and one thread, over streams in memory: for the tests of views and for the simulation. */
@NullMarked
package io.thalweg.view.java.local;

import org.jspecify.annotations.NullMarked;
