package io.thalweg.ledger.model;

import io.thalweg.disk.Disk;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * A disk in memory. {@link #crash} takes each file's bytes back to those at its last force; names stay as they are. The testkit's
 * simulated disk, which a module this low cannot see, is less predictable.
 */
final class ForgetfulDisk implements Disk {
    private final TreeMap<Path, Content> files = new TreeMap<>();

    private static final class Content {
        byte[] bytes = new byte[4096];
        int size;
        byte[] durable = {};
    }

    /** All that was not forced is lost. Nothing may be open, or it will write to the files of the time after. */
    synchronized void crash() {
        for (Content content : files.values()) {
            content.bytes = Arrays.copyOf(content.durable, Math.max(4096, content.durable.length));
            content.size = content.durable.length;
        }
    }

    private synchronized Content content(Path file) throws IOException {
        Content content = files.get(file);
        if (content == null) {
            throw new FileNotFoundException(file.toString());
        }
        return content;
    }

    @Override
    public synchronized DiskFile open(Path file) {
        return new OpenFile(files.computeIfAbsent(file, _ -> new Content()));
    }

    @Override
    public synchronized boolean exists(Path file) {
        return files.containsKey(file);
    }

    @Override
    public synchronized List<Path> list(Path directory) {
        return files.keySet().stream()
                .filter(it -> directory.equals(it.getParent()))
                .toList();
    }

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        Content content = content(from);
        files.remove(from);
        files.put(to, content);
    }

    @Override
    public synchronized void delete(Path file) {
        files.remove(file);
    }

    @Override
    public void forceDirectory(Path directory) {}

    private record OpenFile(Content content) implements DiskFile {
        @Override
        public void write(long position, ByteBuffer... buffers) {
            synchronized (content) {
                int at = Math.toIntExact(position);
                for (ByteBuffer buffer : buffers) {
                    int end = at + buffer.remaining();
                    if (end > content.bytes.length) {
                        content.bytes = Arrays.copyOf(content.bytes, Math.max(end, 2 * content.bytes.length));
                    }
                    buffer.get(content.bytes, at, buffer.remaining());
                    content.size = Math.max(content.size, end);
                    at = end;
                }
            }
        }

        @Override
        public int read(long position, ByteBuffer target) {
            synchronized (content) {
                int length = Math.clamp(content.size - position, 0, target.remaining());
                if (length > 0) {
                    target.put(content.bytes, Math.toIntExact(position), length);
                }
                return length;
            }
        }

        @Override
        public long size() {
            synchronized (content) {
                return content.size;
            }
        }

        @Override
        public void truncate(long size) {
            synchronized (content) {
                int to = Math.toIntExact(size);
                if (to < content.size) {
                    Arrays.fill(content.bytes, to, content.size, (byte) 0);
                    content.size = to;
                }
            }
        }

        @Override
        public void force() {
            synchronized (content) {
                content.durable = Arrays.copyOf(content.bytes, content.size);
            }
        }

        @Override
        public void close() {}
    }
}
