package io.thalweg.ports.disk;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Permissions of what a node keeps: events, hashes of passwords and keys are nobody's but the owner's. Files are 0600 and folders
 * 0700 from the call that makes them; {@link #tighten} corrects what an older program, a copy or a library made otherwise. On
 * systems without such permissions nothing is asked for.
 */
public final class OwnerOnly {
    private static final boolean KNOWN =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private OwnerOnly() {}

    /** What a new file is made with. */
    public static FileAttribute<?>[] file() {
        return KNOWN ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(FILE)} : new FileAttribute<?>[0];
    }

    /** What a new directory is made with. */
    public static FileAttribute<?>[] directory() {
        return KNOWN
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(DIRECTORY)}
                : new FileAttribute<?>[0];
    }

    /**
     * Takes from everybody but the owner what they may do with a directory and all that is in it. Links are not followed.
     *
     * @return how many files and directories were open to others
     * @throws IOException also when they belong to somebody else
     */
    public static int tighten(Path directory) throws IOException {
        if (!KNOWN) {
            return 0;
        }
        var tightening = new SimpleFileVisitor<Path>() {
            int open;

            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) throws IOException {
                correct(path, attributes);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                correct(path, attributes);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // it went in the meantime
                }
                throw e;
            }

            private void correct(Path path, BasicFileAttributes attributes) throws IOException {
                if (attributes.isSymbolicLink()) {
                    return;
                }
                try {
                    if (!DIRECTORY.containsAll(Files.getPosixFilePermissions(path))) {
                        Files.setPosixFilePermissions(path, attributes.isDirectory() ? DIRECTORY : FILE);
                        open++;
                    }
                } catch (NoSuchFileException e) {
                    // it went in the meantime
                }
            }
        };
        Files.walkFileTree(directory, tightening);
        return tightening.open;
    }
}
