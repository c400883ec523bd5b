package io.thalweg.ports.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Disk} of the operating system.
 *
 * <p>A {@link FileChannel} closes itself when a thread that uses it is interrupted, and would take the file away from every
 * other thread. A read therefore opens the channel again and repeats, keeping the thread's interrupt for its caller. A write or
 * a force that is interrupted fails, because nobody could say what of it reached the disk: only threads that nobody interrupts
 * may write, and those are the shard's own.
 */
public final class FileDisk implements Disk {

    /** Past the system's cache. The JDK keeps this option out of its standard, and the compiler warns of its name. */
    private static final Optional<OpenOption> DIRECT = direct();

    private static Optional<OpenOption> direct() {
        try {
            return Stream.of(
                            Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants())
                    .filter(option -> option.toString().equals("DIRECT"))
                    .map(OpenOption.class::cast)
                    .findFirst();
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return new ChannelFile(file);
    }

    @Override
    public boolean exists(Path file) {
        return Files.exists(file);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        try (Stream<Path> names = Files.list(directory)) {
            return names.sorted().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        Files.createDirectories(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static final class ChannelFile implements DiskFile {
        /**
         * Bytes handed to the channel at once. The JDK copies a heap buffer to off-heap memory that it then keeps for the
         * thread, so a larger piece would cost each thread that much for ever.
         */
        private static final int PIECE_BYTES = 256 << 10;

        private final Path path;
        private volatile FileChannel channel;

        /** Goes past the system's cache; null until it is wanted, and where the system has no such thing. */
        private @Nullable FileChannel around;

        private boolean aroundTried;
        private volatile boolean closed;

        ChannelFile(Path path) throws IOException {
            this.path = path;
            this.channel = reopen(StandardOpenOption.CREATE);
        }

        private FileChannel reopen(StandardOpenOption... more) throws IOException {
            StandardOpenOption[] options = new StandardOpenOption[more.length + 2];
            options[0] = StandardOpenOption.READ;
            options[1] = StandardOpenOption.WRITE;
            System.arraycopy(more, 0, options, 2, more.length);
            return FileChannel.open(path, options);
        }

        @Override
        public void write(long position, ByteBuffer... buffers) throws IOException {
            FileChannel target = channel;
            long at = position;
            for (ByteBuffer buffer : buffers) {
                int limit = buffer.limit();
                while (buffer.position() < limit) {
                    buffer.limit(Math.min(limit, buffer.position() + PIECE_BYTES));
                    at += target.write(buffer, at);
                }
            }
        }

        @Override
        public void writeAround(long position, ByteBuffer bytes) throws IOException {
            FileChannel target = aligned(position, bytes) ? around() : null;
            if (target == null) {
                write(position, bytes);
                return;
            }
            long at = position;
            while (bytes.hasRemaining()) {
                at += target.write(bytes, at);
            }
        }

        @Override
        public int readAround(long position, ByteBuffer target) throws IOException {
            FileChannel source = aligned(position, target) ? around() : null;
            if (source == null) {
                return read(position, target);
            }
            int start = target.position();
            try {
                int count = source.read(target, position);
                // What ends in the middle of a block has reached the end of the file; nothing else is read in parts.
                while (count > 0 && target.hasRemaining() && (target.position() - start) % ALIGNMENT == 0) {
                    count = source.read(target, position + target.position() - start);
                }
                return target.position() - start;
            } catch (ClosedChannelException e) {
                // An interrupt closed it; the other way can go on from that.
                return read(position, target.position(start));
            }
        }

        private static boolean aligned(long position, ByteBuffer bytes) {
            return bytes.isDirect()
                    && (position
                                            | bytes.remaining()
                                            | MemorySegment.ofBuffer(bytes).address())
                                    % ALIGNMENT
                            == 0;
        }

        private synchronized @Nullable FileChannel around() throws IOException {
            if (!aroundTried) {
                aroundTried = true;
                try {
                    if (DIRECT.isPresent() && Files.getFileStore(path).getBlockSize() <= ALIGNMENT) {
                        around = FileChannel.open(
                                path, StandardOpenOption.READ, StandardOpenOption.WRITE, DIRECT.orElseThrow());
                    }
                } catch (UnsupportedOperationException | FileSystemException e) {
                    around = null;
                }
            }
            return around;
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            boolean interrupted = false;
            try {
                while (true) {
                    int start = target.position();
                    int limit = target.limit();
                    FileChannel source = channel;
                    interrupted |= Thread.interrupted();
                    try {
                        return fill(source, position, target);
                    } catch (ClosedByInterruptException e) {
                        interrupted = true;
                        replace(source, e);
                    } catch (ClosedChannelException e) {
                        replace(source, e);
                    }
                    target.limit(limit).position(start);
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private static int fill(FileChannel source, long position, ByteBuffer target) throws IOException {
            int limit = target.limit();
            int start = target.position();
            while (target.position() < limit) {
                int at = target.position();
                target.limit(Math.min(limit, at + PIECE_BYTES));
                int count = source.read(target, position + at - start);
                target.limit(limit);
                if (count < 0) {
                    break;
                }
            }
            return target.position() - start;
        }

        /** Opens the channel again after some thread's interrupt closed it, once for all threads that notice. */
        private synchronized void replace(FileChannel broken, ClosedChannelException cause) throws IOException {
            if (closed) {
                throw cause;
            }
            if (channel.equals(broken)) {
                Thread.interrupted();
                channel = reopen();
            }
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void force() throws IOException {
            // Data and what is needed to find it again, the length among that; not the times.
            channel.force(false);
        }

        @Override
        public synchronized void close() throws IOException {
            closed = true;
            channel.close();
            if (around != null) {
                around.close();
            }
        }
    }
}
