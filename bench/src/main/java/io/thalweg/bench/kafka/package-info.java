/**
 * Apache Kafka as a peer: its jars are resolved from Maven Central when a benchmark runs, and it runs in JVMs of its own. Nothing here
 * is compiled against it.
 */
@NullMarked
package io.thalweg.bench.kafka;

import org.jspecify.annotations.NullMarked;
