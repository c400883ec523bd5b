package io.thalweg.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that breaks off leaves a build without its cache, and starts slow; the build goes on, and nobody would see it. */
final class NodeTrainingTest {
    @Test
    void aNodeItsViewsAndAGroupAreTrainedToTheEnd(@TempDir Path scratch) throws Exception {
        NodeTraining.run(scratch.resolve("data"));
        assertThat(scratch.resolve("data")).isNotEmptyDirectory();
        assertThat(scratch.resolve("group").resolve("n3").resolve("shards")).isNotEmptyDirectory();
    }
}
