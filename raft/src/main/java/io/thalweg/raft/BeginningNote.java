package io.thalweg.raft;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * In the directory of a group that begins with what a replica has, from before it is marked until it has an entry of its own: a start in between
 * begins it again, and from the same entry.
 *
 * <pre>
 * from-lone = index SPACE term LF        in decimal digits; of the last entry in the snapshot that the group begins with, -1 0 without one
 * </pre>
 *
 * <p>Behind a group's beginning there is no log: what an older snapshot lacks nobody could apply again.
 */
final class BeginningNote {
    private static final int BYTES_MAX = 64;
    private static final Pattern FORM = Pattern.compile("(-1|[0-9]{1,18}) ([0-9]{1,18})\n");

    private final Path directory;
    private final Path file;

    /** @param directory of a shard's group */
    BeginningNote(Path directory) {
        this.directory = directory;
        file = directory.resolve(ShardGroup.FROM_LONE);
    }

    /** On disk with its name when this returns. */
    void write(Position covered) throws IOException {
        Files.writeString(file, covered.index() + " " + covered.term() + "\n");
        RaftDirectory.force(file);
        RaftDirectory.force(directory);
    }

    /** The entry that the group begins behind; empty when it is not just beginning. */
    Optional<Position> read() throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        byte[] bytes = Files.size(file) > BYTES_MAX ? new byte[0] : Files.readAllBytes(file);
        Matcher form = FORM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        if (!form.matches()) {
            throw new CorruptionException(file, 0, "does not say which entry the group begins with");
        }
        return Optional.of(new Position(Long.parseLong(form.group(1)), Long.parseLong(form.group(2))));
    }

    /** Refuses when the group is just beginning, and the newest snapshot that can be used is not the one that it begins with. */
    void require(Position covered) throws IOException {
        Optional<Position> noted = read();
        if (noted.isPresent() && !noted.get().equals(covered)) {
            throw new CorruptionException(
                    file,
                    0,
                    "the group begins with entry " + noted.get().index() + " of term "
                            + noted.get().term() + ", and the newest whole snapshot covers " + covered.index()
                            + " of term " + covered.term());
        }
    }

    /** The group has an entry of its own. It stays so when the power fails. */
    void remove() throws IOException {
        if (Files.deleteIfExists(file)) {
            RaftDirectory.force(directory);
        }
    }
}
