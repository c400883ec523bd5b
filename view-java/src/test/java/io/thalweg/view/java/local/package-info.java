/** Tests of views in Java, by examples and under crashes. */
@NullMarked
package io.thalweg.view.java.local;

import org.jspecify.annotations.NullMarked;
