/**
 * Views in Java beside Kafka Streams: three pipelines in both systems' words over the same events, who sends them, and who looks when they are in the
 * index. Kafka Streams runs in a JVM of its own, from jars that are resolved when the benchmark runs; its programs lie among the resources.
 */
@NullMarked
package io.thalweg.bench.javaviews;

import org.jspecify.annotations.NullMarked;
