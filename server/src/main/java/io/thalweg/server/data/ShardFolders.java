package io.thalweg.server.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Where the shards of a node lie: each in a folder of {@code DIR/shards} that is named by its number. */
public final class ShardFolders {
    /** In the folder of a replica that has not been whole yet since it came into its group. */
    public static final String JOINING = "joining";

    private final Path directory;
    private final int highest;

    private ShardFolders(Path directory, int highest) {
        this.directory = directory;
        this.highest = highest;
    }

    /** What is there in a data directory. */
    public static ShardFolders find(Path data) throws IOException {
        Path directory = data.resolve("shards");
        if (!Files.isDirectory(directory)) {
            return new ShardFolders(directory, 0);
        }
        try (Stream<Path> folders = Files.list(directory)) {
            int highest = folders.map(folder -> String.valueOf(folder.getFileName()))
                    .filter(name -> name.matches("[0-9]{1,4}"))
                    .mapToInt(Integer::parseInt)
                    .max()
                    .orElse(0);
            return new ShardFolders(directory, highest);
        }
    }

    /** The highest number of a shard for data; 0 when there is none but the directory's. */
    public int highest() {
        return highest;
    }

    public Path place(int number) {
        return directory.resolve(Integer.toString(number));
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
}
