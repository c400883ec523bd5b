package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForcedNoteTest {
    @TempDir
    Path directory;

    @Test
    void whatIsReadBeforeAnotherNotesMoreDoesNotTakeThatBack() throws IOException {
        AtomicLong flushed = new AtomicLong(10);
        AtomicBoolean overtaken = new AtomicBoolean();
        try (ForcedNote note = ForcedNote.open(directory)) {
            // The updater has read 10. Before it writes, 12 is forced, noted and acknowledged.
            note.reached(() -> {
                long seen = flushed.get();
                if (overtaken.compareAndSet(false, true)) {
                    flushed.set(12);
                    reached(note, flushed);
                }
                return seen;
            });
            assertThat(ForcedNote.read(directory)).hasValue(12);
            flushed.set(11);
            note.reached(flushed::get);
            assertThat(ForcedNote.read(directory))
                    .as("a new leader took entries back")
                    .hasValue(11);
        }
    }

    private static void reached(ForcedNote note, AtomicLong flushed) {
        try {
            note.reached(flushed::get);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
