package io.thalweg.view.state;

import io.thalweg.model.ViewId;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the states of views without an index are, {@code VIEW/VERSION/*.snapshot}, and of all views whether theirs was made again because it was odd: then
 * {@code VIEW/VERSION/renewed} is there. Thread-safe.
 */
public final class StateDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(StateDirectory.class);

    private static final String RENEWED = "renewed";

    private final Disk disk;
    private final Path root;

    public StateDirectory(Disk disk, Path root) {
        this.disk = disk;
        this.root = root;
    }

    public Path of(ViewId view, int version) {
        return root.resolve(view.toString()).resolve(Integer.toString(version));
    }

    /** Whether the state of a version was made again. */
    public boolean isRenewed(ViewId view, int version) {
        try {
            return disk.exists(of(view, version).resolve(RENEWED));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Notes for good that the state of a version was made again: what was wrong is gone. Where that cannot be noted the next process may do so once more. */
    public void renewed(ViewId view, int version) {
        try {
            disk.createDirectories(of(view, version));
            AtomicFile.write(disk, of(view, version).resolve(RENEWED));
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("that the state of version {} of view {} was made again cannot be noted", version, view, e);
        }
    }

    /** A version is gone; whatever is left of it goes. */
    public void forget(ViewId view, int version) {
        try {
            deleteAll(of(view, version));
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("what is left of version {} of view {} could not be deleted", version, view, e);
        }
    }

    private void deleteAll(Path version) throws IOException {
        for (Path file : disk.list(version)) {
            disk.delete(version.resolve(file.getFileName()));
        }
        deleteQuietly(version);
    }

    /**
     * Removes the state of views that were deleted while this node did not run, or just before it stopped.
     *
     * @param hosted views whose states are somebody's already
     */
    public void keepOnly(BiPredicate<ViewId, Integer> wanted, Predicate<ViewId> hosted) {
        try {
            for (Path entry : disk.list(root)) {
                ViewId view = viewId(entry);
                if (view != null && !hosted.test(view)) {
                    keepOnly(root.resolve(entry.getFileName()), view, wanted);
                }
            }
        } catch (IOException e) {
            LOG.warn("state of deleted views below {} could not be removed", root, e);
        }
    }

    private void keepOnly(Path directory, ViewId view, BiPredicate<ViewId, Integer> wanted) throws IOException {
        boolean any = false;
        for (Path entry : disk.list(directory)) {
            if (wanted.test(view, versionNumber(entry))) {
                any = true;
            } else {
                deleteAll(directory.resolve(entry.getFileName()));
            }
        }
        if (!any) {
            deleteQuietly(directory);
        }
    }

    /** What is left of a view whose versions have deleted their states. */
    public void delete(ViewId view) {
        deleteQuietly(root.resolve(view.toString()));
    }

    private void deleteQuietly(Path path) {
        try {
            disk.delete(path);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{} could not be deleted", path, e);
        }
    }

    private static @Nullable ViewId viewId(Path entry) {
        try {
            return ViewId.parse(entry.getFileName().toString());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static int versionNumber(Path entry) {
        try {
            return Integer.parseInt(entry.getFileName().toString());
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
