package io.thalweg.raft;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The smallest replica that keeps its word: one journal file of frames, one snapshot file with all applied values. An entry
 * is a value (its first 8 bytes) and padding; {@link #MARKER} changes nothing. The reply is the number of values applied and
 * the newest of them.
 *
 * <pre>frame = index:i64 term:i64 stamp:i64 requests:i32 length:i32 crc:i32 body</pre>
 */
final class FileReplica implements Replica {
    static final long MARKER = -1;
    private static final int FRAME_HEADER = 8 + 8 + 8 + 4 + 4 + 4;

    private record Frame(long term, long stamp, int requests, long position, int length, int crc) {}

    private final Path directory;
    private final NavigableMap<Long, Frame> frames = new ConcurrentSkipListMap<>();
    private final List<Long> values = new ArrayList<>();
    private @Nullable FileChannel journal;
    private long end;
    private volatile long appliedIndex = -1;
    private long appliedTerm;
    final AtomicLong bytesWritten = new AtomicLong();
    final AtomicLong replayed = new AtomicLong();
    final AtomicLong reads = new AtomicLong();
    final AtomicLong truncations = new AtomicLong();
    final AtomicLong snapshots = new AtomicLong();
    volatile @Nullable Throwable failure;
    volatile Supplier<@Nullable IOException> flushFault = () -> null;
    volatile Supplier<@Nullable IOException> writeFault = () -> null;
    volatile Supplier<@Nullable RuntimeException> applyFault = () -> null;
    volatile boolean closed;

    FileReplica(Path directory) {
        this.directory = directory;
    }

    static Entry entry(long value, int bytes) {
        ByteBuffer body = ByteBuffer.allocate(bytes);
        body.putLong(0, value);
        for (int i = 8; i < bytes; i++) {
            body.put(i, (byte) (value + i));
        }
        int half = bytes / 2;
        return Entry.of(value, 1, List.of(body.slice(0, half), body.slice(half, bytes - half)), bytes);
    }

    @Override
    public Position open() throws IOException {
        Files.createDirectories(directory);
        Position covered = loadSnapshot();
        journal = FileChannel.open(
                directory.resolve("journal"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        scan();
        appliedIndex = covered.index();
        appliedTerm = covered.term();
        return covered;
    }

    private Position loadSnapshot() throws IOException {
        Path file = directory.resolve("snapshot");
        if (!Files.exists(file)) {
            return Position.NONE;
        }
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file));
        Position covered = new Position(in.getLong(), in.getLong());
        while (in.hasRemaining()) {
            values.add(in.getLong());
        }
        return covered;
    }

    private void scan() throws IOException {
        long size = channel().size();
        while (end + FRAME_HEADER <= size) {
            ByteBuffer header = readFully(end, FRAME_HEADER);
            long index = header.getLong();
            Frame frame = new Frame(
                    header.getLong(),
                    header.getLong(),
                    header.getInt(),
                    end + FRAME_HEADER,
                    header.getInt(),
                    header.getInt());
            if (frame.length() <= 0
                    || frame.position() + frame.length() > size
                    || crc(List.of(readFully(frame.position(), frame.length()))) != frame.crc()) {
                break;
            }
            frames.put(index, frame);
            end = frame.position() + frame.length();
        }
        channel().truncate(end);
    }

    @Override
    public long storedIndex() {
        return frames.isEmpty() ? -1 : frames.lastKey();
    }

    @Override
    public CompletableFuture<Void> write(long index, long term, Entry entry) {
        return attempt(() -> {
            IOException fault = writeFault.get();
            if (fault != null) {
                throw fault;
            }
            synchronized (this) {
                dropFrom(index);
                int crc = crc(entry.body());
                ByteBuffer header = ByteBuffer.allocate(FRAME_HEADER);
                header.putLong(index).putLong(term).putLong(entry.timestampNs());
                header.putInt(entry.requests()).putInt(entry.length()).putInt(crc);
                long position = end + FRAME_HEADER;
                put(header.flip());
                for (ByteBuffer part : entry.body()) {
                    put(part.duplicate());
                }
                frames.put(
                        index, new Frame(term, entry.timestampNs(), entry.requests(), position, entry.length(), crc));
            }
        });
    }

    private void put(ByteBuffer bytes) throws IOException {
        bytesWritten.addAndGet(bytes.remaining());
        while (bytes.hasRemaining()) {
            end += channel().write(bytes, end);
        }
    }

    @Override
    public CompletableFuture<Void> flush(long index) {
        return attempt(() -> {
            IOException fault = flushFault.get();
            if (fault != null) {
                throw fault;
            }
            channel().force(false);
        });
    }

    @Override
    public Entry read(long index, long term, ByteBuffer reference) throws IOException {
        reads.incrementAndGet();
        return load(index, term, reference);
    }

    private Entry load(long index, long term, ByteBuffer reference) throws IOException {
        Frame frame = frames.get(index);
        if (frame == null || frame.term() != term) {
            throw new IOException("journal has no entry " + index + " of term " + term);
        }
        ByteBuffer body = readFully(frame.position(), frame.length());
        Entry entry = Entry.of(frame.stamp(), frame.requests(), List.of(body), frame.length());
        if (!reference(entry).equals(reference)) {
            throw new CorruptionException(
                    directory.resolve("journal"), frame.position(), "entry " + index + " is another");
        }
        return entry;
    }

    @Override
    public ByteBuffer reference(Entry entry) {
        return reference(entry.length(), crc(entry.body()), entry.timestampNs());
    }

    private static ByteBuffer reference(int length, int crc, long stamp) {
        return ByteBuffer.allocate(16).putInt(length).putInt(crc).putLong(stamp).flip();
    }

    @Override
    public CompletableFuture<Void> truncate(long lastIndex) {
        truncations.incrementAndGet();
        return attempt(() -> {
            synchronized (this) {
                dropFrom(lastIndex + 1);
                channel().truncate(end);
            }
        });
    }

    private void dropFrom(long index) {
        var first = frames.ceilingEntry(index);
        if (first != null) {
            end = first.getValue().position() - FRAME_HEADER;
            frames.tailMap(index, true).clear();
        }
    }

    @Override
    public ByteBuffer apply(long index, long term, ByteBuffer reference) {
        RuntimeException fault = applyFault.get();
        if (fault != null) {
            throw fault;
        }
        if (index <= appliedIndex) {
            throw new IllegalStateException("entry " + index + " applied after " + appliedIndex);
        }
        long value;
        try {
            value = load(index, term, reference).body().getFirst().getLong(0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        replayed.incrementAndGet();
        synchronized (values) {
            if (value != MARKER) {
                values.add(value);
            }
            appliedIndex = index;
            appliedTerm = term;
            return ByteBuffer.allocate(16)
                    .putLong(values.size())
                    .putLong(values.isEmpty() ? MARKER : values.getLast())
                    .flip();
        }
    }

    @Override
    public void skip(long index, long term) {
        if (index <= appliedIndex) {
            throw new IllegalStateException("entry " + index + " skipped after " + appliedIndex);
        }
        appliedIndex = index;
        appliedTerm = term;
    }

    @Override
    public Position snapshot() throws IOException {
        ByteBuffer out;
        synchronized (values) {
            out = ByteBuffer.allocate(16 + 8 * values.size());
            out.putLong(appliedIndex).putLong(appliedTerm);
            values.forEach(out::putLong);
        }
        Path temporary = directory.resolve("snapshot.new");
        Files.write(
                temporary, out.array(), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
        Files.move(temporary, directory.resolve("snapshot"), StandardCopyOption.ATOMIC_MOVE);
        snapshots.incrementAndGet();
        return new Position(appliedIndex, appliedTerm);
    }

    @Override
    public void fail(Throwable cause) {
        failure = cause;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        if (journal != null) {
            journal.close();
        }
    }

    /** Everything applied so far, in order. */
    List<Long> values() {
        synchronized (values) {
            return List.copyOf(values);
        }
    }

    long appliedIndex() {
        return appliedIndex;
    }

    private FileChannel channel() {
        if (journal == null) {
            throw new IllegalStateException("not open");
        }
        return journal;
    }

    private ByteBuffer readFully(long position, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        while (target.hasRemaining()) {
            if (channel().read(target, position + target.position()) < 0) {
                throw new IOException("journal ends at " + channel().size());
            }
        }
        return target.flip();
    }

    private static int crc(List<ByteBuffer> parts) {
        CRC32C crc = new CRC32C();
        parts.forEach(part -> crc.update(part.duplicate()));
        return (int) crc.getValue();
    }

    private interface Action {
        void run() throws IOException;
    }

    @SuppressWarnings("NullAway") // a Void has no other value
    private static CompletableFuture<Void> attempt(Action action) {
        try {
            action.run();
            return CompletableFuture.completedFuture(null);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
