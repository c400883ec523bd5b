package io.thalweg.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ports.disk.FileDisk;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a copy takes of a folder in which others go on working. */
final class CopyOutTest {
    private static final String SEGMENT = "journal/1.seg";
    private static final String RUN = "ledgers/a/1.run";
    private static final String STATE = "state/7";

    @TempDir
    private Path directory = Path.of("");

    private Path from = Path.of("");
    private Path to = Path.of("");

    @BeforeEach
    void files() throws IOException {
        from = directory.resolve("from");
        to = directory.resolve("to");
        write(STATE, 100);
        write(SEGMENT, 5000);
        write(RUN, 300);
    }

    private void write(String name, int length) throws IOException {
        Path file = from.resolve(name);
        Files.createDirectories(file.getParent());
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) name.charAt(0));
        Files.write(file, bytes);
    }

    private CopyOut copy() throws IOException {
        return new CopyOut(new FileDisk(), from, new Position(7, 1), from.resolve(STATE), _ -> {}, () -> {});
    }

    private void take(CopyOut copy) throws IOException {
        try (CopyIn in = new CopyIn(new FileDisk(), to)) {
            for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
                in.take(ByteBuffer.wrap(chunk));
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void whatIsUnfinishedStaysBehindAlsoWhenItGoesMeanwhile() throws Exception {
        write("journal/FORCED", 10);
        write("journal/manifest.tmp", 10);
        write("ledgers/a/2.run.part", 10);
        write("ledgers/a/catalog.tmp", 10);
        try (CopyOut copy = copy()) {
            Files.delete(from.resolve("ledgers/a/2.run.part"));
            Files.delete(from.resolve("ledgers/a/catalog.tmp"));
            List<String> before = names(from);
            take(copy);
            assertThat(names(from)).isEqualTo(before);
        }
        assertThat(names(to.resolve("incoming"))).containsExactly(SEGMENT, RUN, STATE);
    }

    @Test
    void aSegmentThatIsCutToItsEntriesMeanwhileKeepsItsZerosInTheCopy() throws Exception {
        byte[] filled = Arrays.copyOf(Files.readAllBytes(from.resolve(SEGMENT)), 3 << 20);
        Files.write(from.resolve(SEGMENT), filled);
        try (CopyOut copy = copy()) {
            Files.write(from.resolve(SEGMENT), Arrays.copyOf(filled, 5000));
            take(copy);
        }
        assertThat(Files.readAllBytes(to.resolve("incoming").resolve(SEGMENT))).isEqualTo(filled);
    }

    @Test
    void aFileOfALedgerThatGoesOrShrinksEndsTheCopyAndIsNotMadeAnew() throws Exception {
        try (CopyOut copy = copy()) {
            write(RUN, 200);
            assertThatThrownBy(() -> take(copy)).isInstanceOf(IOException.class).hasMessageContaining("shorter");
        }
        try (CopyOut copy = copy()) {
            Files.delete(from.resolve(RUN));
            assertThatThrownBy(() -> take(copy)).isInstanceOf(IOException.class).hasMessageContaining("went");
        }
        assertThat(from.resolve(RUN)).doesNotExist();
    }
}
