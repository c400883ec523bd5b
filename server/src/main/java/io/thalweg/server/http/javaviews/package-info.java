/** Views in Java over HTTP: deploying, steering, looking at them, and reading their indexes. */
@NullMarked
package io.thalweg.server.http.javaviews;

import org.jspecify.annotations.NullMarked;
