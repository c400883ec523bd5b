package io.thalweg.ports.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * A disk in memory for tests of what lies right above the port: {@link #crash} forgets, sector by sector and in no order, what was not forced.
 * Creations and deletions are durable at once; the simulated disk of the testkit is stricter.
 */
public final class MemoryDisk implements Disk {
    private static final int SECTOR = 512;

    private final Map<Path, Content> files = new TreeMap<>();
    private long writtenBytes;
    private long reads;
    /** While set, a force fails. */
    public boolean failForce;

    /** What it says that may still be written; it takes more. */
    public long usableBytes = Long.MAX_VALUE;

    private static final class Content {
        byte[] bytes = {};
        int size;
        byte[] durable = {};

        void write(long position, ByteBuffer from) {
            int at = Math.toIntExact(position);
            int end = at + from.remaining();
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
            }
            from.get(bytes, at, from.remaining());
            size = Math.max(size, end);
        }

        byte[] now() {
            return Arrays.copyOf(bytes, size);
        }

        void set(byte[] content) {
            bytes = content;
            size = content.length;
            durable = content.clone();
        }
    }

    /** Everything that was not forced is kept or lost by chance. */
    public synchronized void crash(RandomGenerator random) {
        for (Content content : files.values()) {
            byte[] now = content.now();
            byte[] old = content.durable;
            byte[] after = Arrays.copyOf(old, random.nextBoolean() ? now.length : Math.min(old.length, now.length));
            int mood = random.nextInt(3);
            for (int at = 0; at < after.length; at += SECTOR) {
                boolean keep = mood == 0 || (mood == 1 && random.nextBoolean());
                if (keep) {
                    int end = Math.min(Math.min(at + SECTOR, after.length), now.length);
                    if (end > at) {
                        System.arraycopy(now, at, after, at, end - at);
                    }
                }
            }
            content.set(after);
        }
    }

    /** Everything that was not forced is lost; names stay as they are. */
    public synchronized void crash() {
        files.values().forEach(content -> content.set(content.durable));
    }

    public synchronized byte[] bytes(Path file) {
        return content(file).now();
    }

    public synchronized void put(Path file, byte[] bytes) {
        Content content = new Content();
        content.set(bytes.clone());
        files.put(file, content);
    }

    public synchronized List<Path> files() {
        return List.copyOf(files.keySet());
    }

    public synchronized MemoryDisk copy() {
        MemoryDisk copy = new MemoryDisk();
        files.forEach((path, content) -> copy.put(path, content.now()));
        return copy;
    }

    public synchronized long writtenBytes() {
        return writtenBytes;
    }

    /** How often something was read. */
    public synchronized long reads() {
        return reads;
    }

    private Content content(Path file) {
        Content content = files.get(file);
        if (content == null) {
            throw new IllegalArgumentException(file + " does not exist");
        }
        return content;
    }

    @Override
    public long usableBytes(Path directory) {
        return usableBytes;
    }

    @Override
    public synchronized DiskFile open(Path file) {
        return new Handle(files.computeIfAbsent(file, _ -> new Content()));
    }

    @Override
    public synchronized boolean exists(Path file) {
        return files.containsKey(file);
    }

    @Override
    public synchronized List<Path> list(Path directory) {
        List<Path> found = new ArrayList<>(files.keySet());
        found.removeIf(path -> !directory.equals(path.getParent()));
        return found;
    }

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public synchronized void rename(Path from, Path to) {
        files.put(to, content(from));
        files.remove(from);
    }

    @Override
    public synchronized void delete(Path file) {
        files.remove(file);
    }

    @Override
    public void forceDirectory(Path directory) {}

    private final class Handle implements DiskFile {
        private final Content content;

        Handle(Content content) {
            this.content = content;
        }

        @Override
        public void write(long position, ByteBuffer... buffers) {
            synchronized (MemoryDisk.this) {
                long at = position;
                for (ByteBuffer buffer : buffers) {
                    int length = buffer.remaining();
                    content.write(at, buffer);
                    at += length;
                    writtenBytes += length;
                }
            }
        }

        @Override
        public int read(long position, ByteBuffer target) {
            synchronized (MemoryDisk.this) {
                reads++;
                int length = (int) Math.max(0, Math.min(target.remaining(), content.size - position));
                if (length > 0) {
                    target.put(content.bytes, (int) position, length);
                }
                return length;
            }
        }

        @Override
        public long size() {
            synchronized (MemoryDisk.this) {
                return content.size;
            }
        }

        @Override
        public void truncate(long size) {
            synchronized (MemoryDisk.this) {
                if (size < content.size) {
                    Arrays.fill(content.bytes, (int) size, content.size, (byte) 0);
                    content.size = (int) size;
                }
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (MemoryDisk.this) {
                if (failForce) {
                    throw new IOException("the disk refuses to flush");
                }
                content.durable = content.now();
            }
        }

        @Override
        public void close() {}
    }
}
