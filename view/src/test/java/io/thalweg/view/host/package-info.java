/** Tests of views with scripted code and a stream in memory. */
@NullMarked
package io.thalweg.view.host;

import org.jspecify.annotations.NullMarked;
