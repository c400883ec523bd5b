package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ports.disk.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage to the files of a Raft log that Ratis wrote: what starts, and what stops with the file's name. */
class RaftLogInspectorTest {
    private static final int ENTRIES = 20;

    @TempDir
    Path directory;

    private Path segment;
    private List<Integer> starts;
    private int end;

    private static Path written;

    /** Written once, and copied for each test; without the note of what was forced, as an older program left it. */
    @BeforeAll
    static void writeALog(@TempDir Path master) throws Exception {
        written = master;
        Path segment = Copy.raftLog(master).resolve("log_inprogress_0");
        try (Copy copy = Copy.alone(master)) {
            for (int value = 1; value < ENTRIES; value++) {
                copy.put(value).get().orThrow();
            }
            // As a crash would leave it: the open segment with its preallocated zeros.
            Files.copy(segment, master.resolve("crashed"));
            copy.kill();
        }
        Files.move(master.resolve("crashed"), segment, StandardCopyOption.REPLACE_EXISTING);
    }

    @BeforeEach
    void copyTheLog() throws IOException {
        try (var files = Files.walk(written)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = directory.resolve(written.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.delete(directory.resolve("raft").resolve(ForcedNote.NAME));
        segment = Copy.raftLog(directory).resolve("log_inprogress_0");
        starts = entryStarts();
        assertThat(starts).hasSize(ENTRIES + 1); // and the configuration
    }

    private List<Integer> entryStarts() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
        List<Integer> found = new ArrayList<>();
        bytes.position(8);
        while (bytes.hasRemaining() && bytes.get(bytes.position()) != 0) {
            found.add(bytes.position());
            int length = bytes.get() & 0xff;
            if (length >= 128) {
                length = (length & 0x7f) | (bytes.get() << 7);
            }
            bytes.position(bytes.position() + length + 4);
            end = bytes.position();
        }
        return found;
    }

    private OptionalLong noted() throws IOException {
        return ForcedNote.read(directory.resolve("raft"));
    }

    private void note(long forced) throws IOException {
        try (ForcedNote note = ForcedNote.open(directory.resolve("raft"))) {
            note.reached(() -> forced);
        }
    }

    private int last() {
        return starts.getLast();
    }

    private interface Damage {
        byte[] to(byte[] bytes);
    }

    private void damage(Damage damage) throws IOException {
        Files.write(segment, damage.to(Files.readAllBytes(segment)));
    }

    private static Damage zero(int from, int to) {
        return bytes -> {
            Arrays.fill(bytes, from, to, (byte) 0);
            return bytes;
        };
    }

    private static Damage flip(int at) {
        return bytes -> {
            bytes[at] ^= 0x10;
            return bytes;
        };
    }

    /** What can be read after a start: one value less than there are entries, which begin with the stream's creation. */
    private void startsWith(int entries) throws Exception {
        try (Copy copy = Copy.alone(directory)) {
            copy.put(1000).get().orThrow();
            assertThat(copy.values()).startsWith(1L, 2L).hasSize(entries).endsWith(1000L);
        }
        assertThat(RaftLogInspector.verify(directory.resolve("raft")))
                .singleElement()
                .satisfies(summary -> assertThat(summary.tornBytes()).isZero());
    }

    /** Others have the entry, and nobody here may say what it was. */
    private void stops(Path file, long offset) {
        assertThatThrownBy(() -> RaftLogInspector.repair(Copy.raftLog(directory), noted(), -1))
                .isInstanceOfSatisfying(CorruptionException.class, e -> {
                    assertThat(e.file()).isEqualTo(file);
                    assertThat(e.offset()).isEqualTo(offset);
                })
                .hasMessageContaining(file.toString());
        // and it did not repair its way out of it
        assertThatThrownBy(() -> RaftLogInspector.verify(directory.resolve("raft")))
                .isInstanceOf(CorruptionException.class);
    }

    @Test
    void anUndamagedCrashedLogStartsWithEverything() throws Exception {
        assertThat(RaftLogInspector.verify(directory.resolve("raft")))
                .singleElement()
                .isEqualTo(new RaftLogInspector.Summary(0, ENTRIES, 1, ENTRIES + 1, 0));
        startsWith(ENTRIES);
    }

    @Test
    void theLastFiftyBytesZeroedAreATornEntryAndCut() throws Exception {
        damage(zero(end - 50, end));
        startsWith(ENTRIES - 1);
    }

    @Test
    void aFileThatEndsInTheLastEntryIsCutBeforeIt() throws Exception {
        damage(bytes -> Arrays.copyOf(bytes, last() + 30));
        startsWith(ENTRIES - 1);
    }

    @Test
    void aLastEntryWhoseFirstBytesNeverArrivedIsCut() throws Exception {
        damage(zero(last(), last() + 12));
        startsWith(ENTRIES - 1);
    }

    @Test
    void everyTearOfTheLastEntryIsCut() throws IOException {
        byte[] whole = Arrays.copyOf(Files.readAllBytes(segment), end + 100);
        for (int tear = last() + 1; tear < end; tear++) {
            byte[] torn = whole.clone();
            Arrays.fill(torn, tear, torn.length, (byte) 0);
            if (Arrays.equals(torn, whole)) {
                continue; // the checksum happens to end in zeros
            }
            Files.write(segment, torn);
            RaftLogInspector.Tail tail = RaftLogInspector.repair(Copy.raftLog(directory), noted(), -1);
            assertThat(tail.summary().lastIndex()).as("torn at " + tear).isEqualTo(ENTRIES - 1);
            assertThat(Files.size(segment)).isEqualTo(last());
        }
    }

    @Test
    void whatTheNoteSaysIsForcedIsLostAndNotTorn() throws Exception {
        note(ENTRIES);
        damage(zero(end - 50, end));
        assertThat(RaftLogInspector.look(Copy.raftLog(directory), noted()).lost(-1))
                .isTrue();
        assertThatThrownBy(() -> Copy.alone(directory))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("were forced");
    }

    @Test
    void anEndThatIsMissingWithoutATraceIsLost() throws IOException {
        note(ENTRIES);
        damage(zero(last(), end));
        RaftLogInspector.Tail tail = RaftLogInspector.look(Copy.raftLog(directory), noted());
        assertThat(tail.summary().tornBytes()).isZero();
        assertThat(tail.lost(-1)).isTrue();
        assertThat(tail.lost(ENTRIES)).as("covered by a snapshot").isFalse();
        assertThat(tail.voters()).containsOnlyKeys("n1");
    }

    @Test
    void anEntryBehindTheNoteIsTornEvenWhenALaterOneSurvived() throws Exception {
        note(ENTRIES - 3);
        damage(zero(starts.get(ENTRIES - 2) + 5, starts.get(ENTRIES - 1)));
        assertThat(RaftLogInspector.look(Copy.raftLog(directory), noted()).lost(-1))
                .isFalse();
        startsWith(ENTRIES - 3);
    }

    @Test
    void aHoleBeforeWhatTheNoteSaysStops() throws IOException {
        note(ENTRIES - 2);
        damage(zero(starts.get(ENTRIES - 2) + 5, starts.get(ENTRIES - 1)));
        stops(segment, starts.get(ENTRIES - 2));
    }

    @Test
    void aWrongByteBeforeTheLastEntryStopsNamingFileAndOffset() throws IOException {
        damage(flip(starts.get(7) + 20));
        stops(segment, starts.get(7));
    }

    /** Every single wrong bit anywhere but in the last entry: found, never repaired, never read as something else. */
    @Test
    void noWrongBitBeforeTheLastEntryIsEverCut() throws IOException {
        byte[] whole = Arrays.copyOf(Files.readAllBytes(segment), end + 100);
        Random random = new Random(42);
        for (int at = 0; at < last(); at++) {
            byte[] wrong = whole.clone();
            wrong[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(segment, wrong);
            assertThatThrownBy(() -> RaftLogInspector.repair(Copy.raftLog(directory), noted(), -1))
                    .as("wrong bit at " + at)
                    .isInstanceOf(CorruptionException.class);
            assertThat(Files.readAllBytes(segment)).isEqualTo(wrong);
        }
    }

    @Test
    void aHoleInTheMiddleStops() throws IOException {
        damage(zero(starts.get(5), starts.get(6)));
        stops(segment, starts.get(5));
    }

    @Test
    void garbageFarBehindTheEndStops() throws IOException {
        int at = end + 100_000;
        damage(flip(at));
        stops(segment, end);
    }

    @Test
    void aDamagedHeaderStops() throws IOException {
        damage(flip(3));
        stops(segment, 0);
    }

    @Test
    void aTornEndOfAClosedSegmentStops() throws IOException {
        Path closed = segment.resolveSibling("log_0-" + ENTRIES);
        Files.move(segment, closed);
        segment = closed;
        damage(zero(end - 50, end));
        stops(closed, last());
    }

    @Test
    void aMissingSegmentStops() throws IOException {
        Path later = segment.resolveSibling("log_inprogress_40");
        Files.move(segment, segment.resolveSibling("log_0-" + ENTRIES));
        Files.write(later, "RaftLog1".getBytes(StandardCharsets.US_ASCII));
        stops(later, 0);
    }

    @Test
    void whatAnInterruptedPurgeLeftBelowTheSnapshotIsRemoved() throws IOException {
        Path remains = segment.resolveSibling("log_0-" + ENTRIES);
        Files.move(segment, remains);
        Path open = segment.resolveSibling("log_inprogress_40");
        Files.write(open, "RaftLog1".getBytes(StandardCharsets.US_ASCII));
        RaftLogInspector.repair(Copy.raftLog(directory), noted(), ENTRIES);
        assertThat(remains).doesNotExist();
        assertThat(open).exists();
    }

    @Test
    void aTermThatIsBehindTheLogStops() throws IOException {
        Path meta = segment.resolveSibling("raft-meta");
        Files.writeString(meta, Files.readString(meta).replace("term=1", "term=0"));
        stops(meta, 0);
    }

    @Test
    void missingTermAndVoteStop() throws IOException {
        Path meta = segment.resolveSibling("raft-meta");
        Files.delete(meta);
        stops(meta, 0);
    }
}
