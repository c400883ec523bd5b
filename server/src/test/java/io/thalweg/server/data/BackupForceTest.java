package io.thalweg.server.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Node;
import io.thalweg.server.config.NodeOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy that is announced is on the disk and not only in memory. */
class BackupForceTest {
    @Test
    void everyFileAndEveryFolderIsForcedAndWhatNamesItAfterIt(@TempDir Path place) throws Exception {
        Path data = place.resolve("data");
        Node.start(NodeOptions.in(data).withHttp("127.0.0.1", 0)).close();
        Path copy = place.resolve("copies").resolve("today");
        Files.createDirectories(copy);
        List<Path> forced = new ArrayList<>();

        Backup.make(data, copy, forced::add);

        try (Stream<Path> all = Files.walk(copy)) {
            List<Path> there = all.toList();
            assertThat(there).hasSizeGreaterThan(10);
            assertThat(forced).containsAll(there).contains(copy.getParent());
            for (Path one : there) {
                assertThat(forced.indexOf(one)).isLessThan(forced.indexOf(one.getParent()));
            }
        }
    }
}
