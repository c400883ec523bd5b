package io.thalweg.server.slab;

import io.thalweg.directory.Directory;
import io.thalweg.directory.machine.Credentials;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may call, as one slab knows it and tells it to those that it is linked with: a node knows it from its directory; a slab without
 * shards from others, and keeps it on its disk, so that it lets the same people in when it starts cut off.
 */
public sealed interface Callers {
    /** The newest that is known; null for nothing yet. */
    SlabLinks.@Nullable Versioned known();

    /** Another slab says who may call. */
    void learn(byte[] form);

    /** The newest directory that is known. */
    Directory newest();

    /** The directory itself, which believes nobody else. */
    final class OfDirectory implements Callers {
        private final Supplier<Directory> directory;
        private volatile SlabLinks.@Nullable Versioned known;
        private volatile long looked;

        public OfDirectory(Supplier<Directory> directory) {
            this.directory = directory;
        }

        @Override
        public SlabLinks.@Nullable Versioned known() {
            Directory now = directory.get();
            SlabLinks.Versioned last = known;
            if (last == null || looked != now.version()) {
                byte[] form = Credentials.encode(now);
                if (last == null || !Credentials.sameButForVersion(last.form(), form)) {
                    last = new SlabLinks.Versioned(now.version(), form);
                    known = last;
                }
                looked = now.version();
            }
            return last;
        }

        @Override
        public void learn(byte[] form) {}

        @Override
        public Directory newest() {
            return directory.get();
        }
    }

    /**
     * What was heard of a directory elsewhere, the newest of it, in a file. Thread-safe.
     *
     * <pre>
     * file := crc:u32 of what follows, credentials as {@link Credentials} write them
     * </pre>
     */
    final class Heard implements Callers, Supplier<Directory> {
        private final Disk disk;
        private final Path file;
        private volatile Directory directory = Directory.EMPTY;
        private volatile SlabLinks.@Nullable Versioned known;

        private Heard(Disk disk, Path file) {
            this.disk = disk;
            this.file = file;
        }

        /** Reads what was heard before the last stop. */
        public static Heard open(Disk disk, Path file) throws IOException {
            Heard heard = new Heard(disk, file);
            if (disk.exists(file)) {
                heard.read();
            }
            return heard;
        }

        private void read() throws IOException {
            try (Disk.DiskFile open = disk.open(file)) {
                ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(open.size(), 4L + CredentialParts.BYTES_MAX));
                var _ = open.read(0, bytes);
                BinaryReader in = new BinaryReader(bytes.array());
                int crc = in.i32();
                byte[] form = in.raw(in.remaining());
                if (crc != new Checksum().of(form, 0, form.length)) {
                    throw new MalformedException("the checksum is wrong");
                }
                take(form);
            } catch (MalformedException e) {
                throw new IOException(
                        file + " is damaged: " + e.getMessage()
                                + "; delete it, and the slab asks those whom it joins who may call",
                        e);
            }
        }

        private boolean take(byte[] form) {
            Directory next = Credentials.decode(form);
            if (known != null && next.version() <= directory.version()) {
                return false;
            }
            directory = next;
            known = new SlabLinks.Versioned(next.version(), form);
            return true;
        }

        @Override
        public SlabLinks.@Nullable Versioned known() {
            return known;
        }

        @Override
        public synchronized void learn(byte[] form) {
            try {
                if (take(form)) {
                    AtomicFile.write(
                            disk,
                            file,
                            ByteBuffer.wrap(new BinaryWriter(4 + form.length)
                                    .i32(new Checksum().of(form, 0, form.length))
                                    .raw(form)
                                    .toByteArray()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Directory newest() {
            return directory;
        }

        @Override
        public Directory get() {
            return directory;
        }
    }
}
