package io.thalweg.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ports.disk.FileDisk;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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
        return copy(STATE);
    }

    /** Nobody waits. */
    private record Nothing() implements CopyOut.Hold {
        @Override
        public void release() {}

        @Override
        public boolean isDue() {
            return false;
        }

        @Override
        public boolean isInTheWay() {
            return false;
        }
    }

    private CopyOut copy(String state) throws IOException {
        return new CopyOut(new FileDisk(), from, new Position(7, 1), from.resolve(state), _ -> {}, new Nothing());
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

    /** A copy breaks off in a file, and all others but one have changed before it is taken again. */
    @Test
    void whatHasComeDoesNotComeAgainUnlessItIsAnother() throws Exception {
        write(SEGMENT, 5 << 20);
        write("journal/2.seg", 3 << 20);
        write("journal/3.seg", 100);
        try (CopyIn in = new CopyIn(new FileDisk(), to)) {
            try (CopyOut copy = copy()) {
                copy.leaveOut(in.parts());
                while (in.taken() < 7 << 20) {
                    in.take(ByteBuffer.wrap(Objects.requireNonNull(copy.next())));
                }
                assertThat(in.total()).isEqualTo((8 << 20) + 500);
            }
            in.again();
            assertThat(in.taken()).isZero();
            Files.delete(from.resolve("journal/3.seg"));
            write(STATE, 120);
            byte[] more = Arrays.copyOf(Files.readAllBytes(from.resolve(SEGMENT)), 6 << 20);
            Files.write(from.resolve(SEGMENT), more);
            long sent = 0;
            try (CopyOut copy = copy()) {
                copy.leaveOut(in.parts());
                for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
                    sent += chunk.length;
                    in.take(ByteBuffer.wrap(chunk));
                }
            }
            assertThat(sent).as("a mebibyte of each segment").isBetween(2L << 20, (2L << 20) + 2000);
            assertThat(in.taken()).isEqualTo(in.total()).isEqualTo((9 << 20) + 420);
        }
        assertThat(names(to.resolve("incoming"))).containsExactly(SEGMENT, "journal/2.seg", RUN, STATE);
        for (String name : names(from)) {
            assertThat(Files.mismatch(from.resolve(name), to.resolve("incoming").resolve(name)))
                    .as(name)
                    .isEqualTo(-1);
        }

        // And what is the same but for one byte comes anew.
        byte[] other = Files.readAllBytes(from.resolve(SEGMENT));
        try (CopyIn in = new CopyIn(new FileDisk(), to)) {
            try (CopyOut copy = copy()) {
                copy.leaveOut(in.parts());
                while (in.taken() < 6 << 20) {
                    in.take(ByteBuffer.wrap(Objects.requireNonNull(copy.next())));
                }
            }
            in.again();
            other[3] ^= 1;
            Files.write(from.resolve(SEGMENT), other);
            try (CopyOut copy = copy()) {
                copy.leaveOut(in.parts());
                for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
                    in.take(ByteBuffer.wrap(chunk));
                }
            }
        }
        assertThat(Files.readAllBytes(to.resolve("incoming").resolve(SEGMENT))).isEqualTo(other);
    }

    /** Be it because another snapshot was taken meanwhile, or because somebody sends it who does not know what came before. */
    @Test
    void whatIsOfAnEarlierAttemptAloneTakesNoRoom() throws Exception {
        write("journal/2.seg", 200);
        Path incoming = to.resolve("incoming");
        try (CopyIn in = new CopyIn(new FileDisk(), to)) {
            try (CopyOut copy = copy()) {
                copy.leaveOut(in.parts());
                while (in.taken() < in.total() || in.total() == 0) {
                    in.take(ByteBuffer.wrap(Objects.requireNonNull(copy.next())));
                }
            }
            in.again();
            assertThat(names(incoming)).isEqualTo(names(from));
            Files.delete(from.resolve("journal/2.seg"));
            Files.move(from.resolve(STATE), from.resolve("state/9"));
            Files.move(from.resolve(RUN), from.resolve("ledgers/a/2.run"));
            try (CopyOut copy = copy("state/9")) {
                copy.leaveOut(in.parts());
                while (in.taken() < 5000) {
                    in.take(ByteBuffer.wrap(Objects.requireNonNull(copy.next())));
                }
                assertThat(names(incoming)).containsExactly(SEGMENT);
                Files.write(incoming.resolve("journal/nobodys"), new byte[1]);
                for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
                    in.take(ByteBuffer.wrap(chunk));
                }
            }
            assertThat(names(incoming)).isEqualTo(names(from));
            in.again();
            in.forget();
            assertThat(names(incoming)).isEmpty();
            assertThat(in.parts()).isEmpty();
        }
    }

    @Test
    void theSnapshotComesLastSinceTheNextAttemptBringsAnother() throws Exception {
        try (CopyOut copy = copy()) {
            assertThat(brings(copy)).containsExactly("j 5000 lasts", "l 300 lasts", "s 100");
        }
        try (CopyOut copy = copy()) {
            copy.inChunksOf(3000);
            assertThat(brings(copy)).containsExactly("j 3000 lasts", "j 2000 lasts", "l 300 lasts", "s 100");
        }
    }

    /** Bytes of files, chunk by chunk. */
    private static List<String> brings(CopyOut copy) throws IOException {
        List<String> brings = new ArrayList<>();
        for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
            if (chunk[4] == CopyOut.BYTES) {
                brings.add((char) chunk[5] + " " + (chunk.length - 5) + (copy.isLasting() ? " lasts" : ""));
            }
        }
        return brings;
    }

    /** The replica was closed, and is opened anew, while somebody still fetches a copy for the one that it was. */
    @Test
    void aCopyThatWasGivenUpLeavesTheFolderToTheNext() throws Exception {
        try (CopyIn in = new CopyIn(new FileDisk(), to);
                CopyOut copy = copy()) {
            while (in.taken() < 5000) {
                in.take(ByteBuffer.wrap(Objects.requireNonNull(copy.next())));
            }
            in.abandon();
            try (CopyIn next = new CopyIn(new FileDisk(), to);
                    CopyOut another = copy()) {
                while (next.taken() < 5000) {
                    next.take(ByteBuffer.wrap(Objects.requireNonNull(another.next())));
                }
                ByteBuffer run = ByteBuffer.wrap(Objects.requireNonNull(copy.next()));
                assertThatThrownBy(() -> in.take(run)).hasMessageContaining("given up");
                in.again();
                in.forget();
                assertThat(names(to.resolve("incoming"))).containsExactly(SEGMENT);
            }
        }
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
