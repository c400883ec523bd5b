package io.thalweg.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Checks everything that is stored in the journal directory of a stopped node, and changes nothing. */
@SuppressWarnings("DoNotCallSuggester") // being built
public final class Verifier {

    /** One thing that is wrong. */
    public record Problem(Path file, long offset, String what) {}

    /** What was looked at, and what was wrong with it. */
    public record Report(long segments, long frames, long events, long bytes, List<Problem> problems) {}

    /** Hears how far the check is: bytes done, of bytes in all. */
    @FunctionalInterface
    public interface Progress {
        void at(long doneBytes, long totalBytes);
    }

    private Verifier() {}

    public static Report verify(Disk disk, Path directory, Progress progress) throws IOException {
        throw new UnsupportedOperationException("not yet " + disk + directory + progress);
    }
}
