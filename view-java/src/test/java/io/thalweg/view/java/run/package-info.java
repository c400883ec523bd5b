/** Tests of views in Java, by examples and under crashes. */
@NullMarked
package io.thalweg.view.java.run;

import org.jspecify.annotations.NullMarked;
