package io.thalweg.server.data;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.DivergedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong below, in words for those who may know that something did, but not where this node keeps its files nor whose
 * they are. The log has all of it.
 */
public final class Failures {
    private static final int CAUSES_MAX = 20;

    /** ENOSPC, EFBIG, EDQUOT. */
    private static final List<String> FULL = List.of("No space left", "File too large", "quota exceeded");

    private Failures() {}

    /** The kind of a failure and its reason, without any path. */
    public static String withoutPaths(Throwable failure) {
        return switch (failure) {
            case CorruptionException damage ->
                "a stored file is damaged (" + damage.file().getFileName() + " at offset " + damage.offset()
                        + "); the node's log says more";
            case DivergedException odd -> String.valueOf(odd.getMessage());
            case UncheckedIOException wrapped -> withoutPaths(Objects.requireNonNull(wrapped.getCause()));
            case FileSystemException e when e.getReason() != null -> "the disk refused: " + e.getReason();
            case FileSystemException e -> "the disk refused: " + e.getClass().getSimpleName();
            case IOException e when isPlain(e.getMessage()) -> "the disk refused: " + e.getMessage();
            case Error e ->
                "out of resources or broken (" + e.getClass().getSimpleName() + "); the node's log says more";
            default -> {
                Throwable cause = failure.getCause();
                yield cause == null
                        ? failure.getClass().getSimpleName() + "; the node's log says more"
                        : withoutPaths(cause);
            }
        };
    }

    /** The stored bytes that are not what was written, if they are why something failed. */
    public static Optional<CorruptionException> damage(Throwable failure) {
        @Nullable Throwable cause = failure;
        for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
            if (cause instanceof CorruptionException damage) {
                return Optional.of(damage);
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    /** Whether a replica has come to something else than the others of its group: what it keeps is of no use. */
    public static boolean isDiverged(Throwable failure) {
        return any(failure, cause -> cause instanceof DivergedException);
    }

    /** Whether the disk had no room for what failed. */
    private static boolean isForRoom(Throwable failure) {
        return any(failure, cause -> cause instanceof IOException && isAboutRoom(String.valueOf(cause.getMessage())));
    }

    private static boolean isAboutRoom(String words) {
        return FULL.stream().anyMatch(words::contains);
    }

    /** Whether the disk refused what failed for another reason than room: what was not forced may not be what is read then. */
    public static boolean isDisk(Throwable failure) {
        return !isForRoom(failure)
                && any(failure, cause -> cause instanceof IOException && !(cause instanceof ClosedChannelException));
    }

    private static boolean any(Throwable failure, Predicate<Throwable> condition) {
        @Nullable Throwable cause = failure;
        for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
            if (condition.test(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** What the operating system says ("No space left on device") has neither separators nor colons. */
    private static boolean isPlain(@Nullable String text) {
        return text != null && text.indexOf('/') < 0 && text.indexOf('\\') < 0 && text.indexOf(':') < 0;
    }
}
