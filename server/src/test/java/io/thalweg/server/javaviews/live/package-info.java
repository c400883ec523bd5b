/** Tests of how views in Java are followed on a node. */
@NullMarked
package io.thalweg.server.javaviews.live;

import org.jspecify.annotations.NullMarked;
