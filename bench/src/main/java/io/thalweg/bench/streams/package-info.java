/** The reference server of Durable Streams, by npm, as a peer of appends. */
@NullMarked
package io.thalweg.bench.streams;

import org.jspecify.annotations.NullMarked;
