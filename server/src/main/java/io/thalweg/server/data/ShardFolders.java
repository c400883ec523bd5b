package io.thalweg.server.data;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.raft.ShardGroup;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/**
 * Where the shards of a node lie: each in a folder of {@code DIR/shards} that is named by its number. What files there and in {@code DIR/begun} say of a
 * replica as a whole: that it is a group's, that it is not whole yet, that it was here and is lost.
 */
public final class ShardFolders {
    /** In the folder of a replica that has not been whole yet since it came into its group. */
    private static final String JOINING = "joining";

    /** In the folder of a replica that halted because its bytes are not, or may not be, what was written. */
    private static final String DAMAGED = "damaged";

    /** Among the notes of what has begun here: of none of it anything is left. */
    private static final String REPLACED = "replaced";

    /** Among the same: the data directory was made together with its cluster. */
    private static final String NEW = "new";

    /** In the folder of a shard, what its group has. */
    private static final String RAFT = "raft";

    private final Path directory;

    /** A note for each shard whose replica has begun here, outside of its folder: where the one is and the other is not, it was lost. */
    private final Path begun;

    private final int highest;

    private ShardFolders(Path data, Path directory, int highest) {
        this.directory = directory;
        this.begun = data.resolve("begun");
        this.highest = highest;
    }

    /** What is there in a data directory. */
    public static ShardFolders find(Path data) throws IOException {
        Path directory = data.resolve("shards");
        if (!Files.isDirectory(directory)) {
            return new ShardFolders(data, directory, 0);
        }
        try (Stream<Path> folders = Files.list(directory)) {
            int highest = folders.map(folder -> String.valueOf(folder.getFileName()))
                    .filter(name -> name.matches("[0-9]{1,4}"))
                    .mapToInt(Integer::parseInt)
                    .max()
                    .orElse(0);
            return new ShardFolders(data, directory, highest);
        }
    }

    /** The highest number of a shard for data; 0 when there is none but the directory's. */
    public int highest() {
        return highest;
    }

    public Path place(int number) {
        return directory.resolve(Integer.toString(number));
    }

    /** Where the group of a shard has its files. */
    public Path raft(int number) {
        return raft(place(number));
    }

    /** The same in a shard's folder that lies elsewhere. */
    static Path raft(Path place) {
        return place.resolve(RAFT);
    }

    public boolean isHere(int number) {
        return Files.isDirectory(place(number));
    }

    /** Whether a group orders the shard, and not this node alone. */
    public boolean isGroup(int number) {
        return ShardGroup.isIn(raft(number));
    }

    /** Makes the names of the shards' folders durable. */
    public void force() throws IOException {
        force(directory);
    }

    // ---- replicas that are not whole

    /** Whether a replica has not been whole yet since it came into its group. A start may know an older directory than the run before it, and asks this. */
    public boolean isJoining(int number) {
        return Files.exists(place(number).resolve(JOINING));
    }

    /** Says so in a replica's folder, wherever that is; durable when it returns. */
    public static void markJoining(Path folder) throws IOException {
        Files.writeString(folder.resolve(JOINING), "");
        force(folder.resolve(JOINING));
        force(folder);
    }

    /** It is whole now. */
    public void madeWhole(int number) throws IOException {
        if (Files.deleteIfExists(place(number).resolve(JOINING))) {
            force(place(number));
        }
    }

    // ---- replicas that are damaged

    /** Says so in a replica's folder, for its next start; durable when it returns. */
    public void markDamaged(int number) throws IOException {
        Path mark = place(number).resolve(DAMAGED);
        Files.writeString(
                mark,
                "The replica in this folder halted because of what its disk did: not all that it acknowledged may be"
                        + " here.\n"
                        + "Its node's start puts it aside once the others of its group can be asked for a copy.\n");
        force(mark);
        force(place(number));
    }

    /**
     * What is damaged does not start again as if it were whole: a start may not come across the wrong bytes, or find in the system's memory what is on no
     * disk.
     *
     * @throws CorruptionException naming the mark
     */
    public void requireUndamaged(int number) {
        Path mark = place(number).resolve(DAMAGED);
        if (Files.exists(mark)) {
            throw new CorruptionException(mark, 0, "the replica of shard " + number + " halted for damaged bytes");
        }
    }

    // ---- replicas that were lost

    /** Whether a replica began here whose folder is gone. */
    public boolean isLost(int number) {
        return !isHere(number) && Files.exists(begun.resolve(Integer.toString(number)));
    }

    /** Makes a replica's folder, and the note that it began here; durable when it returns. */
    public void noteBegun(int number) throws IOException {
        if (!Files.exists(begun.resolve(Integer.toString(number)))) {
            Files.createDirectories(place(number));
            force();
            note(
                    Integer.toString(number),
                    "A replica of this shard began here. Where its folder is missing, it was lost.\n");
        }
    }

    /** Notes that the disk is another one, and nothing that was here is; durable when it returns. */
    public void noteReplaced() throws IOException {
        note(
                REPLACED,
                "What was on this node is lost. No shard begins on it before each is back that it should have.\n");
    }

    /** Notes, before the first start of a node, that its cluster has never begun: this disk is none that took another's place. Durable when it returns. */
    public void noteNew() throws IOException {
        note(NEW, "The cluster of this node is as new as this folder.\n");
    }

    /** Whether nothing has been on this node in an earlier life of its cluster. */
    public boolean isNew() {
        return Files.exists(begun.resolve(NEW));
    }

    /** Whether not all that was lost with a disk is back. */
    public boolean wasReplaced() {
        return Files.exists(begun.resolve(REPLACED));
    }

    /** All that was lost with a disk is back. */
    public void madeUp() throws IOException {
        if (Files.deleteIfExists(begun.resolve(REPLACED))) {
            force(begun);
        }
    }

    private void note(String name, String text) throws IOException {
        Path note = begun.resolve(name);
        Files.createDirectories(begun);
        force(begun.resolveSibling("."));
        Files.writeString(note, text);
        force(note);
        force(begun);
    }

    /**
     * A shard that the directory has placed things on is never begun anew.
     *
     * @param placed on how many shards for data the directory has placed logs and ledgers
     * @throws IOException naming the first that is missing
     */
    public void requireThere(int placed) throws IOException {
        for (int number = 1; number <= placed; number++) {
            if (number > highest || !Files.isDirectory(place(number))) {
                throw missing(number);
            }
        }
    }

    /** Why a shard that has to be there does not begin. */
    public IOException missing(int number) {
        return new IOException("shard " + number + " is missing: the directory has placed logs and ledgers in "
                + place(number) + "; bring that folder back, as it was at the same time as " + place(0));
    }

    /** Makes the content of a file, or the names in a folder, durable. */
    static void force(Path fileOrFolder) throws IOException {
        try (FileChannel channel = FileChannel.open(fileOrFolder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
