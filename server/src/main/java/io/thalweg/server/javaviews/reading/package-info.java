/**
 * How a view in Java is read on a node: by paths ({@link io.thalweg.server.javaviews.reading.IndexSelect}), by people ({@link
 * io.thalweg.server.javaviews.reading.IndexExplore}), and by queries ({@link io.thalweg.server.javaviews.reading.Question}). Whether it runs here or a replica of its
 * indexes is read is behind {@link io.thalweg.server.javaviews.reading.ReadView}.
 */
@NullMarked
package io.thalweg.server.javaviews.reading;

import org.jspecify.annotations.NullMarked;
