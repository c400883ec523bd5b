package io.thalweg.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.SlabNode;
import io.thalweg.server.config.NodeFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several slabs in one process, as {@code slab.also} says. */
final class AlsoSlabsTest {
    @Test
    void aSlabThatIsNamedBesideAnotherLivesInItsProcessAndJoinsIt(@TempDir Path folder) throws Exception {
        Files.writeString(
                folder.resolve("also.conf"), "data = also\nslab.http = 127.0.0.1:0\nslab.domain = global/b\n");
        Path config = folder.resolve("slab.conf");
        Files.writeString(
                config, "data = data\nslab.http = 127.0.0.1:0\nslab.domain = global/a\nslab.also = also.conf\n");
        try (SlabNode slab = SlabNode.start(NodeFile.readSlab(config));
                AlsoSlabs others = AlsoSlabs.start(config, slab.url())) {
            others.sayWhere();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(metrics(slab)).containsPattern("(?m)^thalweg_slab_links 1\\.0"));
        }
        assertThat(folder.resolve("also")).isDirectory();
    }

    private static String metrics(SlabNode slab) throws IOException {
        try (InputStream in = URI.create(slab.url() + "/metrics").toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
