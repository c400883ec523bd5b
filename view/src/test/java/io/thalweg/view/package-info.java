/** Tests of views with scripted code and a stream in memory. */
@NullMarked
package io.thalweg.view;

import org.jspecify.annotations.NullMarked;
