package io.thalweg.server.auth;

import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.FileDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;

/** Files that only their owner may read: written whole or not at all, with their permissions from the first byte on. */
public final class SecretFiles {
    private static final int MAX_BYTES = 64 << 10;

    private SecretFiles() {}

    /** Creates a directory that only its owner may enter, or corrects the permissions of one that is there. */
    public static void createDirectory(Path directory) throws IOException {
        Set<PosixFilePermission> ownerOnly = PosixFilePermissions.fromString("rwx------");
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(ownerOnly));
        }
        Files.setPosixFilePermissions(directory, ownerOnly);
    }

    /** Writes a file durably, replacing an older one in one step. */
    public static void write(Path file, String text) throws IOException {
        AtomicFile.write(new FileDisk(), file.toAbsolutePath(), ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Reads a file that only its owner may read.
     *
     * @throws IOException also when anybody else may read it, or it holds no text: the message says how to correct that
     */
    public static String read(Path file) throws IOException {
        Set<PosixFilePermission> others = new HashSet<>(Files.getPosixFilePermissions(file));
        others.removeAll(PosixFilePermissions.fromString("rwx------"));
        if (!others.isEmpty()) {
            throw new IOException(file + " is open to others than its owner: run chmod 600 " + file);
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(file + " is larger than " + MAX_BYTES + " bytes, which no secret of a node is");
        }
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new IOException(
                    file + " holds bytes that are no text: it is damaged. Restore it from a backup, or move it away to"
                            + " have a new one made",
                    e);
        }
    }
}
