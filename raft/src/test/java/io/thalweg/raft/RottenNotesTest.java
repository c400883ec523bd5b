package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One bit turns in one of the small files beside a group's log: no start believes what nobody wrote. */
final class RottenNotesTest {
    private static final long TERM = 0x1234;

    /** Of what was forced. */
    private static final int PLACE_BYTES = 24;

    @TempDir
    private Path directory = Path.of("");

    private interface Look {
        void at(String bit) throws IOException;
    }

    /** Looks at the file with each of its bits turned. */
    private void each(String name, Look look) throws IOException {
        Path file = directory.resolve(name);
        byte[] whole = Files.readAllBytes(file);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            if (bit / 8 >= PLACE_BYTES && bit / 8 < whole.length - PLACE_BYTES) {
                continue; // zeros between two places
            }
            byte[] rotten = whole.clone();
            rotten[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, rotten);
            look.at("bit " + bit + " of " + name);
        }
        Files.write(file, whole);
    }

    /** Else it would vote before it has seen the end of the term that it took part in. */
    @Test
    void aMemberOnProbationStaysThereForNoLess() throws IOException {
        Probation probation = new Probation(directory);
        probation.begin(TERM);
        each("probation", bit -> assertThat(probation.term().orElse(0)).as(bit).isGreaterThanOrEqualTo(TERM));
        assertThat(probation.term()).hasValue(TERM);
    }

    @Test
    void whatAnOlderProgramWroteIsTaken() throws IOException {
        Files.write(
                directory.resolve("probation"),
                ByteBuffer.allocate(12)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(0x42505754)
                        .putLong(TERM)
                        .array());
        assertThat(new Probation(directory).term()).hasValue(TERM);
    }

    /** It falls back to what was noted before, and never says more than was forced. */
    @Test
    void whatWasForcedIsNotMoreThanWasNoted() throws IOException {
        try (ForcedNote note = ForcedNote.open(directory)) {
            AtomicLong flushed = new AtomicLong(TERM);
            note.reached(flushed::get);
            flushed.set(TERM + 7);
            note.reached(flushed::get);
        }
        each(
                ForcedNote.NAME,
                bit -> assertThat(ForcedNote.read(directory))
                        .as(bit)
                        .isIn(OptionalLong.of(TERM), OptionalLong.of(TERM + 7)));
    }

    @Test
    void aGroupBeginsWithNoOtherEntry() throws IOException {
        Position covered = new Position(1234, 5);
        BeginningNote note = new BeginningNote(directory);
        note.write(covered);
        each(
                ShardGroup.FROM_LONE,
                bit -> assertThatThrownBy(() -> note.require(covered)).as(bit).isInstanceOf(CorruptionException.class));
        note.require(covered);
    }
}
