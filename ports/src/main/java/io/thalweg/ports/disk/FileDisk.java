package io.thalweg.ports.disk;

import io.thalweg.ports.fault.FaultDoor;
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
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Disk} of the operating system. What it makes is for its owner only, from its first moment on and under any umask.
 *
 * <p>A {@link FileChannel} closes itself when a thread that uses it is interrupted, and would take the file away from every
 * other thread. Readers therefore never touch the channel that is written to; theirs is opened again when an interrupt closed it,
 * and the read repeated, keeping the thread's interrupt for its caller. A write or a force that is interrupted fails, because
 * nobody could say what of it reached the disk: only threads that nobody interrupts may write, and those are the shard's own.
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
    public long usableBytes(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
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
        Files.createDirectories(directory, OwnerOnly.directory());
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
        private volatile FileChannel reader;
        /** Null until something is written. */
        private volatile @Nullable FileChannel writer;

        // These go past the system's cache; null until they are wanted, and where the system has no such thing.
        private volatile @Nullable FileChannel aroundReader;
        private volatile @Nullable FileChannel aroundWriter;

        private boolean hasNoAround;
        private volatile boolean closed;

        ChannelFile(Path path) throws IOException {
            this.path = path;
            FileChannel found;
            try {
                found = FileChannel.open(path, StandardOpenOption.READ);
            } catch (NoSuchFileException e) {
                Set<OpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                writer = FileChannel.open(path, options, OwnerOnly.file());
                found = FileChannel.open(path, StandardOpenOption.READ);
            }
            reader = found;
        }

        private FileChannel writer() throws IOException {
            FileChannel open = writer;
            return open != null ? open : openWriter();
        }

        private synchronized FileChannel openWriter() throws IOException {
            FileChannel open = writer;
            if (open == null) {
                if (closed) {
                    throw new ClosedChannelException();
                }
                open = FileChannel.open(path, StandardOpenOption.WRITE);
                writer = open;
            }
            return open;
        }

        @Override
        public void write(long position, ByteBuffer... buffers) throws IOException {
            FileChannel target = writer();
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
            FileChannel target = aligned(position, bytes) ? aroundWriter() : null;
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
            FileChannel source = aligned(position, target) ? aroundReader() : null;
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
                aroundReader = null;
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

        private @Nullable FileChannel aroundWriter() throws IOException {
            FileChannel open = aroundWriter;
            return open != null ? open : openAround(StandardOpenOption.WRITE);
        }

        private @Nullable FileChannel aroundReader() throws IOException {
            FileChannel open = aroundReader;
            return open != null ? open : openAround(StandardOpenOption.READ);
        }

        private synchronized @Nullable FileChannel openAround(StandardOpenOption direction) throws IOException {
            boolean reads = direction == StandardOpenOption.READ;
            FileChannel open = reads ? aroundReader : aroundWriter;
            if (hasNoAround || closed || open != null) {
                return open;
            }
            try {
                if (DIRECT.isPresent() && Files.getFileStore(path).getBlockSize() <= ALIGNMENT) {
                    open = FileChannel.open(path, direction, DIRECT.orElseThrow());
                }
            } catch (UnsupportedOperationException | FileSystemException e) {
                // as on file systems in memory
            }
            hasNoAround = open == null;
            if (reads) {
                aroundReader = open;
            } else {
                aroundWriter = open;
            }
            return open;
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            int start = target.position();
            int limit = target.limit();
            return (int) whateverInterrupts(
                    source -> fill(source, position, target.limit(limit).position(start)));
        }

        /** Something to do with a channel, again if need be. */
        @FunctionalInterface
        private interface Reading {
            long on(FileChannel source) throws IOException;
        }

        private long whateverInterrupts(Reading reading) throws IOException {
            boolean interrupted = false;
            try {
                while (true) {
                    FileChannel source = reader;
                    interrupted |= Thread.interrupted();
                    try {
                        return reading.on(source);
                    } catch (ClosedByInterruptException e) {
                        interrupted = true;
                        replace(source, e);
                    } catch (ClosedChannelException e) {
                        replace(source, e);
                    }
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
            if (reader.equals(broken)) {
                Thread.interrupted();
                reader = FileChannel.open(path, StandardOpenOption.READ);
            }
        }

        @Override
        public long size() throws IOException {
            return whateverInterrupts(FileChannel::size);
        }

        @Override
        public void truncate(long size) throws IOException {
            writer().truncate(size);
        }

        @Override
        public void force() throws IOException {
            // Data and what is needed to find it again, the length among that; not the times. Whoever forces has
            // written,
            // or stands in for one that died before it did: the file is what counts, not the channel.
            FaultDoor.beforeForce();
            writer().force(false);
        }

        @Override
        public synchronized void close() throws IOException {
            closed = true;
            reader.close();
            for (FileChannel other : new FileChannel[] {writer, aroundReader, aroundWriter}) {
                if (other != null) {
                    other.close();
                }
            }
        }
    }
}
