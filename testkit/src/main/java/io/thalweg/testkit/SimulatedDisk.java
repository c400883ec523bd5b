package io.thalweg.testkit;

import io.thalweg.ports.disk.Disk;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that keeps no more promises than a real one. What was forced survives {@link #crash}; of everything else
 * a seed decides:
 *
 * <ul>
 *   <li>each 512-byte sector written since the last force is as it was or as it is now, independently of its neighbours;
 *   <li>a changed size is the old or the new one;
 *   <li>each creation, rename or deletion since the directory was last forced happened or did not.
 * </ul>
 *
 * It can lose power at its k-th operation ({@link #crashAt}), fail the k-th force ({@link #failForceAt}) in the way of an
 * operating system that then believes its pages to be clean, and flip bits ({@link #flip}). After a crash this object throws
 * {@link SimulatedCrash} from every method; {@code crash} returns the disk that the next process finds.
 *
 * <p>Operations are counted one for each write, force, truncation, creation, rename, deletion and force of a directory; reads are
 * not counted. Thread-safe, though a simulation has one thread.
 */
public final class SimulatedDisk implements Disk {
    private static final int SECTOR_BYTES = 512;

    /** A file's bytes apart from its name. */
    private static final class Inode {
        byte[] bytes = new byte[0];
        int size;
        byte[] durable = new byte[0];
        int durableSize;
        final BitSet dirty = new BitSet();
        boolean failed;
    }

    /** A change of names that the directory has not been forced for: {@code to} becomes {@code inode} (or nothing), {@code from} goes. */
    private record NameChange(
            Path directory,
            @Nullable Path from,
            @Nullable Path to,
            @Nullable Inode inode) {}

    private final TreeMap<Path, Inode> names = new TreeMap<>();
    private final Map<Path, Inode> durableNames = new HashMap<>();
    private final TreeSet<Path> directories = new TreeSet<>();
    private final List<NameChange> unforced = new ArrayList<>();
    private long operations;
    private long forces;
    private long bytesWritten;
    private long crashAt = Long.MAX_VALUE;
    private long failForceAt = Long.MAX_VALUE;
    private boolean crashed;

    /** Loses power instead of doing the {@code k}-th operation from now, counted from 1. */
    public synchronized void crashAt(long k) {
        crashAt = operations + k;
    }

    /** Fails the {@code k}-th force of a file from now, counted from 1, with an {@link IOException}. */
    public synchronized void failForceAt(long k) {
        failForceAt = forces + k;
    }

    /** No planned crash or failure any more. */
    public synchronized void calm() {
        crashAt = Long.MAX_VALUE;
        failForceAt = Long.MAX_VALUE;
    }

    public synchronized boolean crashed() {
        return crashed;
    }

    /** Operations so far. */
    public synchronized long operations() {
        return operations;
    }

    /** Bytes of all writes so far. */
    public synchronized long bytesWritten() {
        return bytesWritten;
    }

    private void alive() {
        if (crashed) {
            throw new SimulatedCrash("the disk has no power");
        }
    }

    private void count(String what) {
        alive();
        if (++operations >= crashAt) {
            crashed = true;
            throw new SimulatedCrash("power lost at operation " + operations + ": " + what);
        }
    }

    /** Loses power now; returns the disk as the next process finds it. */
    public synchronized SimulatedDisk crash(SplittableRandom random) {
        crashed = true;
        Map<Path, Inode> survivors = new HashMap<>(durableNames);
        for (NameChange change : unforced) {
            if (random.nextBoolean()) {
                apply(change, survivors);
            }
        }
        SimulatedDisk next = new SimulatedDisk();
        next.directories.addAll(directories);
        // Sorted, so that the choices depend on the seed alone.
        new TreeMap<>(survivors).forEach((path, inode) -> {
            Inode found = survive(inode, random);
            next.names.put(path, found);
            next.durableNames.put(path, found);
        });
        return next;
    }

    /** Another disk with the same files as they are now, all of it durable. */
    public synchronized SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk();
        copy.directories.addAll(directories);
        names.forEach((path, inode) -> {
            Inode same = new Inode();
            same.bytes = Arrays.copyOf(inode.bytes, inode.size);
            same.size = inode.size;
            same.durable = same.bytes.clone();
            same.durableSize = same.size;
            copy.names.put(path, same);
            copy.durableNames.put(path, same);
        });
        return copy;
    }

    private static void apply(NameChange change, Map<Path, Inode> to) {
        if (change.from != null) {
            to.remove(change.from);
        }
        if (change.to != null && change.inode != null) {
            to.put(change.to, change.inode);
        }
    }

    private static Inode survive(Inode inode, SplittableRandom random) {
        Inode found = new Inode();
        found.size = random.nextBoolean() ? inode.size : inode.durableSize;
        found.bytes = new byte[found.size];
        System.arraycopy(
                inode.durable,
                0,
                found.bytes,
                0,
                Math.min(Math.min(inode.durableSize, inode.durable.length), found.size));
        // A crash often loses all of the newest writes or none of them; mixtures are for the rest.
        int mode = random.nextInt(4);
        for (int sector = inode.dirty.nextSetBit(0); sector >= 0; sector = inode.dirty.nextSetBit(sector + 1)) {
            boolean written = mode == 0 || (mode != 1 && random.nextBoolean());
            int from = sector * SECTOR_BYTES;
            int to = Math.min(from + SECTOR_BYTES, found.size);
            for (int i = from; written && i < to; i++) {
                found.bytes[i] = i < inode.size ? inode.bytes[i] : 0;
            }
        }
        found.durable = found.bytes.clone();
        found.durableSize = found.size;
        return found;
    }

    /** Inverts one bit of a file, durably. */
    public synchronized void flip(Path file, long offset, int bit) {
        Inode inode = names.get(file);
        if (inode == null || offset >= inode.size) {
            throw new IllegalArgumentException("no byte " + offset + " in " + file);
        }
        inode.bytes[(int) offset] ^= (byte) (1 << bit);
        if (offset < inode.durableSize) {
            inode.durable[(int) offset] ^= (byte) (1 << bit);
        }
    }

    /** All files and their sizes, sorted by path. */
    public synchronized Map<Path, Integer> files() {
        Map<Path, Integer> sizes = new TreeMap<>();
        names.forEach((path, inode) -> sizes.put(path, inode.size));
        return sizes;
    }

    @Override
    public synchronized DiskFile open(Path file) throws IOException {
        alive();
        Inode inode = names.get(file);
        if (inode == null) {
            Path directory = parent(file);
            if (!directories.contains(directory)) {
                throw new FileNotFoundException(file + ": no such directory");
            }
            count("create " + file);
            inode = new Inode();
            change(new NameChange(directory, null, file, inode));
        }
        return new OpenFile(file, inode);
    }

    private static Path parent(Path file) {
        Path directory = file.getParent();
        return directory == null ? Path.of("") : directory;
    }

    private void change(NameChange change) {
        apply(change, names);
        unforced.add(change);
    }

    @Override
    public synchronized boolean exists(Path file) {
        alive();
        return names.containsKey(file) || directories.contains(file);
    }

    @Override
    public synchronized List<Path> list(Path directory) {
        alive();
        TreeSet<Path> found = new TreeSet<>();
        for (Path path : names.keySet()) {
            if (parent(path).equals(directory)) {
                found.add(path);
            }
        }
        for (Path path : directories) {
            if (!path.equals(directory) && parent(path).equals(directory)) {
                found.add(path);
            }
        }
        return List.copyOf(found);
    }

    @Override
    public synchronized void createDirectories(Path directory) {
        alive();
        for (Path path = directory; path != null; path = path.getParent()) {
            directories.add(path);
        }
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        count("rename " + from + " to " + to);
        Inode inode = names.get(from);
        if (inode == null) {
            throw new FileNotFoundException(from.toString());
        }
        change(new NameChange(parent(to), from, to, inode));
    }

    @Override
    public synchronized void delete(Path file) {
        alive();
        if (names.containsKey(file)) {
            count("delete " + file);
            change(new NameChange(parent(file), file, null, null));
        }
    }

    @Override
    public synchronized void forceDirectory(Path directory) {
        count("force directory " + directory);
        for (NameChange change : unforced) {
            if (change.directory.equals(directory)) {
                apply(change, durableNames);
            }
        }
        unforced.removeIf(change -> change.directory.equals(directory));
    }

    private final class OpenFile implements DiskFile {
        private final Path path;
        private final Inode inode;

        OpenFile(Path path, Inode inode) {
            this.path = path;
            this.inode = inode;
        }

        private void usable() throws IOException {
            alive();
            if (inode.failed) {
                throw new IOException(path + ": used again after a force failed");
            }
        }

        @Override
        public void write(long position, ByteBuffer... buffers) throws IOException {
            synchronized (SimulatedDisk.this) {
                usable();
                int at = Math.toIntExact(position);
                int from = at;
                boolean cut = false;
                // The power may go in the middle of a write: what was written by then is as unforced as the rest.
                try {
                    count("write at " + position + " of " + path);
                } catch (SimulatedCrash crash) {
                    cut = true;
                    throw crash;
                } finally {
                    for (ByteBuffer buffer : buffers) {
                        int length = cut ? buffer.remaining() / 2 : buffer.remaining();
                        grow(at + length);
                        buffer.get(inode.bytes, at, length);
                        at += length;
                    }
                    bytesWritten += at - from;
                    touch(from, at);
                }
            }
        }

        private void grow(int size) {
            if (size > inode.bytes.length) {
                inode.bytes = Arrays.copyOf(inode.bytes, Math.max(size, 2 * inode.bytes.length));
            }
            inode.size = Math.max(inode.size, size);
        }

        private void touch(int from, int to) {
            if (to > from) {
                inode.dirty.set(from / SECTOR_BYTES, (to + SECTOR_BYTES - 1) / SECTOR_BYTES);
            }
        }

        @Override
        public int read(long position, ByteBuffer target) {
            synchronized (SimulatedDisk.this) {
                alive();
                int length = (int) Math.max(0, Math.min(target.remaining(), inode.size - position));
                if (length > 0) {
                    target.put(inode.bytes, (int) position, length);
                }
                return length;
            }
        }

        @Override
        public long size() {
            synchronized (SimulatedDisk.this) {
                alive();
                return inode.size;
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (SimulatedDisk.this) {
                usable();
                count("truncate " + path + " to " + size);
                if (size < inode.size) {
                    Arrays.fill(inode.bytes, (int) size, inode.size, (byte) 0);
                    touch((int) size, inode.size);
                    inode.size = (int) size;
                }
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (SimulatedDisk.this) {
                usable();
                count("force " + path);
                if (++forces >= failForceAt) {
                    failForceAt = Long.MAX_VALUE;
                    inode.failed = true;
                    // The pages count as clean now, but they never reached the disk.
                    inode.dirty.clear();
                    throw new IOException(path + ": input/output error (simulated)");
                }
                if (inode.durable.length < inode.size) {
                    inode.durable = Arrays.copyOf(inode.durable, inode.bytes.length);
                }
                for (int sector = inode.dirty.nextSetBit(0); sector >= 0; sector = inode.dirty.nextSetBit(sector + 1)) {
                    int from = sector * SECTOR_BYTES;
                    int to = Math.min(from + SECTOR_BYTES, inode.size);
                    if (to > from) {
                        System.arraycopy(inode.bytes, from, inode.durable, from, to - from);
                    }
                }
                if (inode.size < inode.durableSize) {
                    Arrays.fill(inode.durable, inode.size, inode.durable.length, (byte) 0);
                }
                inode.durableSize = inode.size;
                inode.dirty.clear();
            }
        }

        @Override
        public void close() {
            // Closing makes nothing durable.
        }
    }
}
