/** Views as users write them, outside of the package that runs them. */
@NullMarked
package io.thalweg.view.java.examples;

import org.jspecify.annotations.NullMarked;
