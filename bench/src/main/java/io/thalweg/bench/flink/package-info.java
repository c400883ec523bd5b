/** Apache Flink as a peer of batch handlers: the same pipelines as a job of its own, in one process beside a broker of Kafka. */
@NullMarked
package io.thalweg.bench.flink;

import org.jspecify.annotations.NullMarked;
