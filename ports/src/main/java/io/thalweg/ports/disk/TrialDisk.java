package io.thalweg.ports.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A disk for a start that may have to refuse. Until {@link #proven} nothing changes: what is written, cut, renamed or deleted is
 * remembered in the order in which it was asked for, and whoever reads sees it as done. Whoever starts cannot destroy
 * anything before it has shown that it can go on, because it cannot change anything; and whoever never intends to start, as
 * {@code verify}, runs the very same start and forgets it.
 *
 * <p>{@link #proven} does all that was asked for, in the same order, with the same forces, so that a crash in between leaves what
 * it would have left without the trial; before something is cut off or deleted it is kept {@link Aside}. From then on this
 * disk, and each file that was opened on it, is the real one, at the cost of one call more. Where more has to be right than the one who
 * calls it can know, as with several shards in one directory, that is asked first ({@link #proveWith}).
 *
 * <p>What is remembered lies in memory: a start writes little. Thread-safe.
 */
public final class TrialDisk implements Disk, AutoCloseable {
    private final Disk real;
    private final @Nullable Aside aside;

    // Guarded by this until settled:
    private final Map<Path, Name> names = new HashMap<>();
    private final Set<Content> contents = new HashSet<>();
    private final TreeSet<Path> directories = new TreeSet<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Proof> others = new ArrayList<>();

    private volatile boolean settled;

    /** What else has to be there and right, beside what was opened here. */
    @FunctionalInterface
    public interface Proof {
        /** @throws IOException when the start has to refuse */
        void check() throws IOException;
    }

    /** Something to be done when all is proven. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private Aside aside() {
        Aside place = aside;
        if (place == null) {
            throw new IllegalStateException("nothing is done in a rehearsal");
        }
        return place;
    }

    /** What a path means in the trial: a file, or nothing when {@code content} is null. */
    private record Name(@Nullable Content content) {}

    /** Bytes that take the place of others. */
    private record Patch(long from, ByteBuffer bytes) {
        long end() {
            return from + bytes.limit();
        }
    }

    public TrialDisk(Disk real, Aside aside) {
        this.real = real;
        this.aside = aside;
    }

    private TrialDisk(Disk real) {
        this.real = real;
        this.aside = null;
    }

    /** A trial for who only wants to know whether a start would refuse: whatever is proven, nothing happens. */
    public static TrialDisk rehearsal(Disk real) {
        return new TrialDisk(real);
    }

    /** A trial of something else on the same disk, of which nothing happens. */
    public TrialDisk rehearsal() {
        return rehearsal(real);
    }

    /** Makes {@link #proven} ask for something more, before it does anything. */
    public synchronized void proveWith(Proof proof) {
        others.add(proof);
    }

    /** A file apart from its name: the real one, and what it would look like. */
    private final class Content {
        private final List<Patch> patches = new ArrayList<>();
        private @Nullable DiskFile file;
        /** Up to here the real file counts; behind it are patches and zeros. */
        private long realEnd;

        private long size;
        private int users;
        private boolean changed;

        /** A file that does not exist yet. */
        Content() {}

        /** A file that does. */
        Content(DiskFile file) throws IOException {
            this.file = file;
            realEnd = file.size();
            size = realEnd;
        }

        int read(long position, ByteBuffer target) throws IOException {
            int count = (int) Math.max(0, Math.min(target.remaining(), size - position));
            int start = target.position();
            int limit = target.limit();
            int stored = (int) Math.max(0, Math.min(count, realEnd - position));
            if (stored > 0) {
                var _ = real().read(position, target.limit(start + stored));
                target.limit(limit);
            }
            for (int at = stored; at < count; at++) {
                target.put(start + at, (byte) 0);
            }
            for (Patch patch : patches) {
                long from = Math.max(position, patch.from);
                long to = Math.min(position + count, patch.end());
                if (from < to) {
                    target.put(
                            start + (int) (from - position), patch.bytes, (int) (from - patch.from), (int) (to - from));
                }
            }
            target.position(start + count);
            return count;
        }

        void write(long position, ByteBuffer[] buffers) {
            long at = position;
            for (ByteBuffer buffer : buffers) {
                ByteBuffer copy =
                        ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
                Patch patch = new Patch(at, copy);
                patches.add(patch);
                at = patch.end();
                size = Math.max(size, at);
                steps.add(() -> real().write(patch.from, copy.duplicate()));
            }
            changed = true;
        }

        void truncate(Path path, long newSize) {
            if (newSize >= size) {
                return;
            }
            changed = true;
            size = newSize;
            realEnd = Math.min(realEnd, newSize);
            patches.replaceAll(patch -> patch.end() <= newSize
                    ? patch
                    : new Patch(patch.from, patch.bytes.slice(0, (int) Math.max(0, newSize - patch.from))));
            steps.add(() -> {
                aside().keepFrom(path, real(), newSize);
                real().truncate(newSize);
            });
        }

        DiskFile real() {
            DiskFile open = file;
            if (open == null) {
                throw new IllegalStateException("a file that was made in a trial is used before it is there");
            }
            return open;
        }

        void closeReal() throws IOException {
            DiskFile open = file;
            if (open != null) {
                open.close();
            }
        }
    }

    /**
     * Does what was asked for so far, in order, and lets everything through from here on.
     *
     * @throws IOException when what else has to be proven is not, and nothing is done then; or when the real disk refuses
     *     something, and what was done by then is done
     */
    @Override
    public synchronized void proven() throws IOException {
        if (settled || aside == null) {
            return;
        }
        for (Proof other : others) {
            other.check();
        }
        for (Step step : steps) {
            step.run();
        }
        settled = true;
        for (Content content : contents) {
            if (content.users == 0) {
                content.closeReal();
            }
        }
        forget();
    }

    /** Forgets what was asked for, unless it was proven; the files that were opened cannot be used any more. */
    @Override
    public synchronized void close() throws IOException {
        if (settled) {
            return;
        }
        for (Content content : contents) {
            content.closeReal();
        }
        forget();
    }

    private void forget() {
        names.clear();
        contents.clear();
        directories.clear();
        steps.clear();
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        synchronized (this) {
            if (!settled) {
                Content content = content(file);
                content.users++;
                return new TrialFile(file, content);
            }
        }
        return real.open(file);
    }

    private Content content(Path file) throws IOException {
        Name known = names.get(file);
        if (known != null && known.content != null) {
            return known.content;
        }
        Content content;
        if (known == null && real.exists(file)) {
            content = new Content(real.open(file));
        } else {
            content = new Content();
            content.changed = true;
            steps.add(() -> content.file = real.open(file));
        }
        names.put(file, new Name(content));
        contents.add(content);
        return content;
    }

    @Override
    public boolean exists(Path file) throws IOException {
        synchronized (this) {
            Name known = settled ? null : names.get(file);
            if (known != null) {
                return known.content != null;
            }
            return (!settled && directories.contains(file)) || real.exists(file);
        }
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return real.usableBytes(directory);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        synchronized (this) {
            if (!settled) {
                TreeSet<Path> found = new TreeSet<>(real.list(directory));
                directories.stream()
                        .filter(made -> directory.equals(made.getParent()))
                        .forEach(found::add);
                names.forEach((path, name) -> {
                    if (directory.equals(path.getParent())) {
                        if (name.content == null) {
                            found.remove(path);
                        } else {
                            found.add(path);
                        }
                    }
                });
                return List.copyOf(found);
            }
        }
        return real.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        synchronized (this) {
            if (!settled) {
                if (!real.exists(directory)) {
                    for (Path made = directory; made != null && !real.exists(made); made = made.getParent()) {
                        directories.add(made);
                    }
                    steps.add(() -> real.createDirectories(directory));
                }
                return;
            }
        }
        real.createDirectories(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        synchronized (this) {
            if (!settled) {
                Content content = content(from);
                content.changed = true;
                names.put(to, new Name(content));
                names.put(from, new Name(null));
                steps.add(() -> real.rename(from, to));
                return;
            }
        }
        real.rename(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        synchronized (this) {
            if (!settled) {
                if (exists(file)) {
                    Name known = names.put(file, new Name(null));
                    if (known != null && known.content != null) {
                        known.content.changed = true;
                    }
                    steps.add(() -> aside().take(file));
                }
                return;
            }
        }
        real.delete(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        synchronized (this) {
            if (!settled) {
                // A crash may have come before the directory was forced, so that there is something to force in any
                // case.
                steps.add(() -> real.forceDirectory(directory));
                return;
            }
        }
        real.forceDirectory(directory);
    }

    private final class TrialFile implements DiskFile {
        private final Path path;
        private final Content content;
        private boolean closed;

        TrialFile(Path path, Content content) {
            this.path = path;
            this.content = content;
        }

        @Override
        public void write(long position, ByteBuffer... buffers) throws IOException {
            if (!settled) {
                synchronized (TrialDisk.this) {
                    if (!settled) {
                        content.write(position, buffers);
                        return;
                    }
                }
            }
            content.real().write(position, buffers);
        }

        @Override
        public void writeAround(long position, ByteBuffer bytes) throws IOException {
            if (settled) {
                content.real().writeAround(position, bytes);
            } else {
                write(position, bytes);
            }
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            if (!settled) {
                synchronized (TrialDisk.this) {
                    if (!settled) {
                        return content.read(position, target);
                    }
                }
            }
            return content.real().read(position, target);
        }

        @Override
        public int readAround(long position, ByteBuffer target) throws IOException {
            return settled ? content.real().readAround(position, target) : read(position, target);
        }

        @Override
        public long size() throws IOException {
            if (!settled) {
                synchronized (TrialDisk.this) {
                    if (!settled) {
                        return content.size;
                    }
                }
            }
            return content.real().size();
        }

        @Override
        public void truncate(long size) throws IOException {
            if (!settled) {
                synchronized (TrialDisk.this) {
                    if (!settled) {
                        content.truncate(path, size);
                        return;
                    }
                }
            }
            content.real().truncate(size);
        }

        @Override
        public void force() throws IOException {
            if (!settled) {
                synchronized (TrialDisk.this) {
                    if (!settled) {
                        steps.add(() -> content.real().force());
                        content.changed = true;
                        return;
                    }
                }
            }
            content.real().force();
        }

        @Override
        public void close() throws IOException {
            synchronized (TrialDisk.this) {
                if (closed) {
                    return;
                }
                closed = true;
                content.users--;
                if (content.users > 0) {
                    return;
                }
                if (settled) {
                    content.closeReal();
                } else if (!content.changed) {
                    content.closeReal();
                    contents.remove(content);
                    names.remove(path);
                }
            }
        }
    }
}
