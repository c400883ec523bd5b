/** Tests of how views in Java run on a node. */
@NullMarked
package io.thalweg.server.javaviews.store;

import org.jspecify.annotations.NullMarked;
