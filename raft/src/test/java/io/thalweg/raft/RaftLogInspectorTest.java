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

    /** Written once, and copied for each test. */
    @BeforeAll
    static void writeALog(@TempDir Path master) throws IOException {
        written = master;
        Path segment = OneMember.raftLog(master).resolve("log_inprogress_0");
        try (OneMember shard = OneMember.open(master)) {
            shard.proposeAll(0, ENTRIES);
            // As a crash would leave it: the open segment with its preallocated zeros.
            Files.copy(segment, master.resolve("crashed"));
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
        segment = OneMember.raftLog(directory).resolve("log_inprogress_0");
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

    private void startsWith(int values) throws IOException {
        try (OneMember shard = OneMember.open(directory)) {
            assertThat(shard.propose(1000).join().getLong(0)).isEqualTo(values + 1);
        }
        assertThat(RaftLogInspector.verify(OneMember.group(directory).directory()))
                .singleElement()
                .satisfies(summary -> assertThat(summary.tornBytes()).isZero());
        assertThat(appended()).startsWith(0, 1, 2).hasSize(values + 1).endsWith(1000);
    }

    /** What a start applies that finds no snapshot: everything, in order. */
    private List<Integer> appended() throws IOException {
        try (OneMember shard = OneMember.open(directory)) {
            return shard.replica.values().stream().map(Long::intValue).toList();
        }
    }

    /** Others have the entry, and nobody here may say what it was. */
    private void stops(Path file, long offset) {
        assertThatThrownBy(() -> RaftLogInspector.repair(OneMember.raftLog(directory), -1))
                .isInstanceOfSatisfying(CorruptionException.class, e -> {
                    assertThat(e.file()).isEqualTo(file);
                    assertThat(e.offset()).isEqualTo(offset);
                })
                .hasMessageContaining(file.toString());
        // and it did not repair its way out of it
        assertThatThrownBy(
                        () -> RaftLogInspector.verify(OneMember.group(directory).directory()))
                .isInstanceOf(CorruptionException.class);
    }

    @Test
    void anUndamagedCrashedLogStartsWithEverything() throws IOException {
        assertThat(RaftLogInspector.verify(OneMember.group(directory).directory()))
                .singleElement()
                .isEqualTo(new RaftLogInspector.Summary(0, ENTRIES, 1, ENTRIES + 1, 0));
        startsWith(ENTRIES);
    }

    @Test
    void theLastFiftyBytesZeroedAreATornEntryAndCut() throws IOException {
        damage(zero(end - 50, end));
        startsWith(ENTRIES - 1);
    }

    @Test
    void aFileThatEndsInTheLastEntryIsCutBeforeIt() throws IOException {
        damage(bytes -> Arrays.copyOf(bytes, last() + 30));
        startsWith(ENTRIES - 1);
    }

    @Test
    void aLastEntryWhoseFirstBytesNeverArrivedIsCut() throws IOException {
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
            RaftLogInspector.Tail tail = RaftLogInspector.repair(OneMember.raftLog(directory), -1);
            assertThat(tail.summary().lastIndex()).as("torn at " + tear).isEqualTo(ENTRIES - 1);
            assertThat(Files.size(segment)).isEqualTo(last());
        }
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
            assertThatThrownBy(() -> RaftLogInspector.repair(OneMember.raftLog(directory), -1))
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
        RaftLogInspector.repair(OneMember.raftLog(directory), ENTRIES);
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

    @Test
    void aDamagedLastEntryThatTheSnapshotCoversCostsNothing() throws Exception {
        try (OneMember shard = OneMember.open(directory)) {
            shard.propose(100).join();
            shard.consensus.snapshot().get();
        }
        segment = OneMember.raftLog(directory).resolve("log_inprogress_" + (ENTRIES + 1));
        int size = (int) Files.size(segment);
        damage(zero(size - 50, size));
        startsWith(ENTRIES + 1);
    }
}
