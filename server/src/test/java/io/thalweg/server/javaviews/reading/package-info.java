/** Tests of how a view in Java is read on a node. */
@NullMarked
package io.thalweg.server.javaviews.reading;

import org.jspecify.annotations.NullMarked;
