package io.thalweg.view.state;

import io.thalweg.model.MalformedException;
import io.thalweg.model.Position;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.Disk;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.schedule.Fatal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the state of a view that lives in its code's memory: the newest two snapshots, a {@link SnapshotFile} each. State and position are one file, hence one step.
 */
public final class SnapshotKeeper implements StateKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotKeeper.class);
    private static final int KEPT = 2;
    private static final String SUFFIX = ".snapshot";

    private final Disk disk;
    private final Path directory;
    private final SnapshotFile.Owner owner;
    private final Executor writer;
    private @Nullable SavedState committed;
    private volatile @Nullable String problem;

    /** @param writer runs the writing of snapshots, which may take long */
    public SnapshotKeeper(Disk disk, Path directory, SnapshotFile.Owner owner, Executor writer) {
        this.disk = disk;
        this.directory = directory;
        this.owner = owner;
        this.writer = writer;
    }

    @Override
    public ViewIndex index() {
        return ViewIndex.NONE;
    }

    @Override
    public Iterator<SavedState> load() {
        try {
            return new Candidates(committed, files(false).reversed());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was committed in memory, then files from the newest to the oldest, each read only when asked for. */
    private final class Candidates implements Iterator<SavedState> {
        private final Iterator<Path> files;
        private @Nullable SavedState next;

        private Candidates(@Nullable SavedState first, List<Path> files) {
            this.files = files.iterator();
            this.next = first;
        }

        @Override
        public boolean hasNext() {
            while (next == null && files.hasNext()) {
                Path file = files.next();
                try {
                    next = SnapshotFile.read(disk, file, owner);
                } catch (MalformedException e) {
                    passOver(file, e);
                    setAside(file);
                } catch (IOException e) {
                    passOver(file, e);
                }
            }
            return next != null;
        }

        private void passOver(Path file, Exception e) {
            problem = "snapshot " + file.getFileName() + " "
                    + (e instanceof MalformedException ? e.getMessage() : "cannot be read");
            LOG.warn("snapshot {} of view {} is not used", file, owner.view(), e);
        }

        /** So that it counts no longer among the newest two. */
        private void setAside(Path file) {
            try {
                disk.rename(file, file.resolveSibling(file.getFileName() + ".damaged"));
            } catch (IOException e) {
                LOG.warn("damaged snapshot {} stays in its place", file, e);
            }
        }

        @Override
        public SavedState next() {
            if (!hasNext() || next == null) {
                throw new NoSuchElementException();
            }
            SavedState state = next;
            next = null;
            return state;
        }
    }

    @Override
    public void writable(boolean writable) {}

    @Override
    public void eventDone() {}

    @Override
    public void eventRefused() {}

    @Override
    public boolean wantsCommit(boolean idle) {
        return false;
    }

    @Override
    public void commit(SavedState state) {
        committed = state;
    }

    @Override
    public CompletableFuture<Long> digest(SavedState state) {
        return CompletableFuture.supplyAsync(
                () -> new StateHash().add(state.guest()).value(), writer);
    }

    @Override
    public CompletableFuture<VersionStatus.Snapshot> save(SavedState state) {
        committed = null; // an older one would hide the file
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        write(state);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    } catch (Error e) {
                        Fatal.tell(e);
                        throw e;
                    }
                    return state.described();
                },
                writer);
    }

    private void write(SavedState state) throws IOException {
        disk.createDirectories(directory);
        Path file = file(state.position());
        SnapshotFile.write(disk, file, owner, state);
        List<Path> files = files(true);
        for (Path old : files.subList(0, Math.max(0, files.size() - KEPT))) {
            disk.delete(old);
        }
    }

    private Path file(Position position) {
        return directory.resolve(String.format(Locale.ROOT, "%020d%s", sum(position), SUFFIX));
    }

    /** Grows with a position, so that names sort as states came. */
    private static long sum(Position position) {
        return position.sequences().values().stream().mapToLong(Long::longValue).sum();
    }

    /** Finished snapshots from the oldest to the newest; removes the leftovers of a crash when told to. */
    private List<Path> files(boolean clean) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path entry : disk.list(directory)) {
            Path file = directory.resolve(entry.getFileName());
            String name = file.getFileName().toString();
            if (name.endsWith(SUFFIX)) {
                files.add(file);
            } else if (clean && AtomicFile.isUnfinished(file)) {
                disk.delete(file);
            }
        }
        files.sort(null);
        return files;
    }

    /** What it has in files is; what it has in memory is not meant to be. */
    @Override
    public CompletableFuture<Void> flush() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void forget(SavedState state) {
        if (state.equals(committed)) {
            committed = null;
        }
        try {
            disk.delete(file(state.position()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void delete() {
        try {
            for (Path entry : disk.list(directory)) {
                disk.delete(directory.resolve(entry.getFileName()));
            }
            disk.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public @Nullable String problem() {
        return problem;
    }
}
