package io.thalweg.server.data;

import io.thalweg.ports.disk.OwnerOnly;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A copy of a data directory from which a node can start, also while its node runs and writes.
 *
 * <p>Nothing in the node is held for it. What makes it work is how the files are: almost all of them grow or do not change, and what a
 * snapshot names stays until two newer snapshots are there. So a shard's snapshots are copied first, then the ledgers that they name, then the
 * journal, whose frames lead on from each of them: whatever was acknowledged before the copy began is in it. A round in which the
 * node was quicker (a file that went, a manifest that is younger than a segment) leaves a copy that does not fit together. Whether it
 * does is not reasoned about but tried, by {@link DataVerifier}, which does what a start does; until it does, what changed meanwhile is copied
 * again.
 *
 * <p>With shards for data beside the directory's, a log is a decision in one and a stream in another, and both have to be of one moment: a
 * round counts only when the directory's journal was the same before and after it.
 *
 * <p>A cluster's node is refused: what it voted and acknowledged cannot be taken back to an earlier moment.
 *
 * <p>{@code LOCK}, the note {@code FORCED} (which tells a node that its own disk lost something, and would say so of the copy) and {@code
 * aside/} stay behind.
 */
public final class Backup {
    private static final int ROUNDS_MAX = 20;
    private static final Set<String> LEFT_OUT = Set.of("LOCK", "FORCED", "aside");

    /** A shard of a group has it, of which a copy would be a member that went back in time. */
    private static final Path GROUP = Path.of("raft", "group");

    /** In each shard, what names files before what is named. */
    private static final List<String> ORDER = List.of("state", "ledgers");

    private record Stamp(long bytes, FileTime changed) {
        static Stamp of(Path file) throws IOException {
            BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(is.size(), is.lastModifiedTime());
        }
    }

    /**
     * What was made.
     *
     * @param bytes in the copy
     * @param rounds that it took
     */
    public record Made(long bytes, int rounds, DataReport report) {}

    /** Makes durable what is in a file, or which files a folder has. */
    @FunctionalInterface
    interface Force {
        void force(Path place) throws IOException;
    }

    private final Path from;
    private final Path to;
    private final Force force;

    /** What each file was like when its copy was begun. */
    private final Map<Path, Stamp> copied = new HashMap<>();

    private Backup(Path from, Path to, Force force) {
        this.from = from;
        this.to = to;
        this.force = force;
    }

    /**
     * Makes a copy, finds that a node would start from it, and has the disk keep it.
     *
     * @param to a folder that is not there, or empty
     * @throws IOException also when no round gave a copy that fits together; what there is then remains, to be looked at
     */
    public static Made make(Path from, Path to) throws IOException, InterruptedException {
        return make(from, to, Backup::toDisk);
    }

    static Made make(Path from, Path to, Force force) throws IOException, InterruptedException {
        if (!Files.isDirectory(from.resolve("shards"))) {
            throw new IOException(from + " is no node's data directory: it has no folder shards");
        }
        for (Path shard : children(from.resolve("shards"))) {
            if (Files.exists(shard.resolve(GROUP))) {
                throw new IOException(
                        shard.resolve(GROUP) + " says that nodes of a cluster order this shard: a member that began"
                                + " again from a copy would have forgotten how it voted and what it"
                                + " acknowledged since. The other members make a member whole");
            }
        }
        if (Files.exists(to)) {
            try (Stream<Path> there = Files.list(to)) {
                if (there.findAny().isPresent()) {
                    throw new IOException(to + " is not empty: a backup is made in a folder of its own");
                }
            }
        }
        Files.createDirectories(to, OwnerOnly.directory());
        return new Backup(from.toAbsolutePath().normalize(), to.toAbsolutePath().normalize(), force).make();
    }

    private Made make() throws IOException, InterruptedException {
        String why = "";
        for (int round = 1; round <= ROUNDS_MAX; round++) {
            List<Stamp> before = directoryJournal();
            round();
            if (!hasDataShards() || before.equals(directoryJournal())) {
                DataReport report = DataVerifier.verify(to, (_, _) -> {});
                if (report.refusal().isEmpty() && report.findings().isEmpty()) {
                    forceAll();
                    return new Made(bytes(), round, report);
                }
                why = report.refusal()
                        .orElseGet(() -> report.findings().getFirst().toString());
            } else {
                why = "logs, ledgers or keys were made or deleted in every round";
            }
            Thread.sleep(50L * round);
        }
        throw new IOException("no copy in " + ROUNDS_MAX + " rounds fits together, the last one because: " + why
                + "; a backup of the stopped node always does");
    }

    /** Files first, then the folders that name them, from the inside outwards: whoever is told of the copy finds it after a power cut, too. */
    private void forceAll() throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(to)) {
            all = new ArrayList<>(walk.toList());
        }
        Collections.reverse(all);
        for (Path place : all) {
            force.force(place);
        }
        Path outside = to.getParent();
        if (outside != null) {
            force.force(outside);
        }
    }

    private static void toDisk(Path place) throws IOException {
        try (FileChannel open = FileChannel.open(place, StandardOpenOption.READ)) {
            open.force(true);
        }
    }

    private boolean hasDataShards() throws IOException {
        try (Stream<Path> shards = Files.list(from.resolve("shards"))) {
            return shards.count() > 1;
        }
    }

    private List<Stamp> directoryJournal() throws IOException {
        List<Stamp> stamps = new ArrayList<>();
        for (Path file : files(from.resolve("shards/0/journal"))) {
            try {
                stamps.add(Stamp.of(file));
            } catch (NoSuchFileException _) {
                // The next round sees what has become of it.
            }
        }
        return stamps;
    }

    private void round() throws IOException {
        Path shards = from.resolve("shards");
        for (Path shard : children(shards)) {
            for (String first : ORDER) {
                mirror(shard.resolve(first));
            }
            for (Path rest : children(shard)) {
                if (!ORDER.contains(name(rest))) {
                    mirror(rest);
                }
            }
        }
        for (Path other : children(from)) {
            if (!other.equals(shards)) {
                mirror(other);
            }
        }
    }

    /** Copies what is new or has changed, and removes from the copy what is not there any more. */
    private void mirror(Path source) throws IOException {
        if (LEFT_OUT.contains(name(source))) {
            return;
        }
        if (!Files.isDirectory(source)) {
            copy(source);
            return;
        }
        Path target = target(source);
        Files.createDirectories(target, OwnerOnly.directory());
        Set<Path> there = new HashSet<>();
        // What was made while this round copied is in it, too: a manifest may name it by now.
        for (boolean more = true; more; ) {
            more = false;
            for (Path child : children(source)) {
                if (there.add(target(child))) {
                    mirror(child);
                    more = true;
                }
            }
        }
        for (Path old : children(target)) {
            if (!there.contains(old)) {
                delete(old);
            }
        }
    }

    private void copy(Path source) throws IOException {
        try {
            Stamp stamp = Stamp.of(source);
            if (!stamp.equals(copied.put(source, stamp))) {
                Files.copy(
                        source,
                        target(source),
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        } catch (NoSuchFileException _) {
            copied.remove(source);
            Files.deleteIfExists(target(source));
        }
    }

    private void delete(Path place) throws IOException {
        if (Files.isDirectory(place)) {
            for (Path child : children(place)) {
                delete(child);
            }
        }
        Files.deleteIfExists(place);
    }

    private Path target(Path source) {
        return to.resolve(from.relativize(source));
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    /** In the order of their names; none when the folder has gone. */
    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.sorted().toList();
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        return children(folder).stream()
                .filter(file -> !LEFT_OUT.contains(name(file)) && Files.isRegularFile(file))
                .toList();
    }

    private long bytes() throws IOException {
        long bytes = 0;
        try (Stream<Path> all = Files.walk(to)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
