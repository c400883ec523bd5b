package io.thalweg.server;

import io.thalweg.ports.disk.CorruptionException;
import java.io.IOException;

/** A start found the directory's files damaged, and put them aside, since the others of its group can make it whole: another start does that. */
final class DirectoryAsideException extends IOException {
    private static final long serialVersionUID = 1;

    DirectoryAsideException(CorruptionException damage) {
        super("the replica of the directory was damaged and is put aside; the next start has it come back", damage);
    }
}
